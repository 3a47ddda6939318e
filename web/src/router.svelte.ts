/** Where we are: everything that a page shows by choice is in the URL. */

const BASE = "/ui";

class Route {
  path = $state("/");
  query = $state.raw(new URLSearchParams());
  /** The parts of the path: "/stations/CP-1/live" → ["stations", "CP-1", "live"]. */
  parts = $derived(this.path.split("/").filter(Boolean).map(decodeURIComponent));

  get(name: string): string {
    return this.query.get(name) ?? "";
  }
}

export const route = new Route();

function read(): void {
  try {
    const path = location.pathname.slice(BASE.length) || "/";
    path.split("/").forEach(decodeURIComponent);
    route.path = path;
  } catch {
    route.path = "/";
  }
  route.query = new URLSearchParams(location.search);
}

/** An address in the console: `at("stations", "CP/1")`, with a query if wanted. */
export function at(...parts: (string | Record<string, string | undefined>)[]): string {
  let query = "";
  const names: string[] = [];
  for (const part of parts) {
    if (typeof part === "string") names.push(encodeURIComponent(part));
    else {
      const given = Object.entries(part).filter(([, value]) => value) as [string, string][];
      query = new URLSearchParams(given).toString();
    }
  }
  return `${BASE}/${names.join("/")}${query ? `?${query}` : ""}`;
}

/** Go to an address of the console; `replace` leaves no step for Back. */
export function go(url: string, options: { replace?: boolean } = {}): void {
  const before = location.pathname;
  if (options.replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  read();
  if (location.pathname !== before) document.querySelector("main")?.scrollTo(0, 0);
}

/** Change parts of the query; empty values leave it. */
export function setQuery(changes: Record<string, string | null | undefined>): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  go(location.pathname + (text ? `?${text}` : ""), { replace: true });
}

export function startRouter(): void {
  read();
  addEventListener("popstate", read);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest?.("a");
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.pathname !== BASE && !link.pathname.startsWith(`${BASE}/`)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
