/** Reads server-sent events with `fetch`, so that also the server's pings and refusals are seen. */

export interface ServerEvent {
  type: string;
  id: string;
  data: string;
}

/** A server that says nothing for so long is gone; it pings every five seconds. */
const SILENCE_MS = 13_000;

/** The server refused the stream. */
export class Refused extends Error {
  constructor(readonly status: number) {
    super(String(status));
  }
}

/**
 * Read a stream until it ends. `alive` is called for whatever arrives.
 * Throws `Refused`, or what `fetch` throws when the network is gone or `signal` aborts.
 */
export async function readEvents(
  url: string,
  signal: AbortSignal,
  on: { open(): void; event(event: ServerEvent): void; alive(): void },
): Promise<void> {
  const cut = new AbortController();
  const stop = () => cut.abort();
  signal.addEventListener("abort", stop);
  let timer = setTimeout(stop, SILENCE_MS);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(stop, SILENCE_MS);
    on.alive();
  };
  try {
    const response = await fetch(url, {
      headers: { Accept: "text/event-stream" },
      credentials: "same-origin",
      cache: "no-store",
      signal: cut.signal,
    });
    if (!response.ok || !response.body) throw new Refused(response.status);
    alive();
    on.open();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parsed(block);
        if (event) on.event(event);
      }
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    cut.abort();
  }
}

function parsed(block: string): ServerEvent | null {
  const event: ServerEvent = { type: "message", id: "", data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const value = line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    const name = line.slice(0, colon);
    if (name === "event") event.type = value;
    else if (name === "id") event.id = value;
    else if (name === "data") event.data = event.data ? `${event.data}\n${value}` : value;
  }
  return event.data ? event : null;
}
