/** The API as typed functions; every failure is a `Problem`. */

import createClient from "openapi-fetch";
import { words } from "../i18n";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** What went wrong: as the server said it (RFC 9457), or `unreachable`. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly requestId: string | null = null,
    readonly errors: { pointer?: string; detail: string }[] = [],
    readonly body: Record<string, unknown> = {},
  ) {
    super(detail || title);
  }

  /** Nothing was wrong with the question: it may be asked again. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

const w = words({
  en: { unreachable: "The server cannot be reached", unreadable: "The server's answer makes no sense" },
  de: { unreachable: "Der Server ist nicht erreichbar", unreadable: "Die Antwort des Servers ist unverständlich" },
});

/** Set from /api/v1/me once signed in; sent with everything that changes something. */
let csrfToken: string | null = null;

export function useCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** A form of the page's own that leads away: what it posts is not seen by a script. */
export function post(action: string): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "csrf_token";
  field.value = csrfToken ?? "";
  form.append(field);
  document.body.append(form);
  form.submit();
}

export function toSignIn(): void {
  const next = location.pathname + location.search;
  location.assign(`/sign-in?next=${encodeURIComponent(next)}`);
}

export const client = createClient<paths>({ baseUrl: location.origin, credentials: "same-origin" });

client.use({
  onRequest({ request }) {
    if (csrfToken && request.method !== "GET") request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
});

export function problemOf(status: number, body: unknown): Problem {
  if (body && typeof body === "object" && "code" in body) {
    const p = body as Record<string, unknown>;
    return new Problem(
      status,
      String(p.code),
      String(p.title ?? ""),
      String(p.detail ?? ""),
      (p.request_id as string | undefined) ?? null,
      (p.errors as Problem["errors"] | undefined) ?? [],
      p,
    );
  }
  return new Problem(status, "unreadable", w.unreadable, "");
}

/** The data of an answer: `await ask(client.GET("/api/v1/me"))`. Throws `Problem`. */
export async function ask<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  let got;
  try {
    got = await answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "unreachable", w.unreachable, "");
  }
  if (got.response.ok) return got.data as T;
  if (got.response.status === 401) toSignIn();
  throw problemOf(got.response.status, got.error);
}

/** As `ask`, for a path that the description does not have. */
export async function askPath<T>(path: string, init: RequestInit = {}): Promise<T> {
  const headers = new Headers(init.headers);
  if (csrfToken && init.method && init.method !== "GET") headers.set("X-CSRF-Token", csrfToken);
  if (typeof init.body === "string" && !headers.has("Content-Type"))
    headers.set("Content-Type", "application/json");
  return ask<T>(
    fetch(path, { ...init, headers, credentials: "same-origin" }).then(async (response) => {
      const text = await response.text();
      let body: unknown;
      try {
        body = text ? JSON.parse(text) : undefined;
      } catch {
        body = undefined;
      }
      return response.ok ? { data: body as T, response } : { error: body, response };
    }),
  );
}

/** A new key so that a request that is repeated acts once. */
export const idempotencyKey = (): string =>
  typeof crypto.randomUUID === "function"
    ? crypto.randomUUID()
    : Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
