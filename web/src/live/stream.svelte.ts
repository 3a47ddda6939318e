/**
 * What changes, as it happens: one stream for all tabs of this browser, and the truth about it.
 *
 * One tab holds a lock and reads the stream; it hands every event to the others. Where there are
 * no locks (plain HTTP from another machine) each tab reads its own.
 */

import { toSignIn } from "../api/client";
import { Refused, readEvents, type ServerEvent } from "./events";

export type LiveState = "connecting" | "live" | "reconnecting" | "unreachable" | "paused";

/** `reset`: something may have been missed; read again what you show. */
export type Heard = ServerEvent;

type Told =
  | { kind: "hello" }
  | { kind: "event"; event: ServerEvent }
  | { kind: "state"; state: LiveState; retryAt: number; aliveAt: number; unready: string[] };

const TOPICS = "stations,sessions,commands,attempts";
const PAUSE_AFTER_MS = 60_000;
/** The reading tab says so often that it still does. */
const FOLLOW_PATIENCE_MS = 15_000;
const LONGEST_WAIT_MS = 15_000;

class Stream {
  state = $state<LiveState>("connecting");
  /** The last sign of life of the server, in ms. */
  aliveAt = $state(0);
  /** Why the server cannot serve stations now; empty while it can. */
  unready = $state.raw<string[]>([]);
  /** When the next try is due, in ms; 0 while none is. */
  retryAt = $state(0);

  #listeners = new Set<(heard: Heard) => void>();
  #lastId = "";
  #channel: BroadcastChannel | null = null;
  #leading = false;
  #stop: AbortController | null = null;
  #retryNow: (() => void) | null = null;
  #hidden: ReturnType<typeof setTimeout> | undefined;
  #told = 0;

  /** Called with every event from now on; returns how to end that. */
  listen(listener: (heard: Heard) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.#hidden);
      if (document.hidden) this.#hidden = setTimeout(() => this.#pause(), PAUSE_AFTER_MS);
      else if (this.state === "paused") this.#resume();
    });
    addEventListener("offline", () => this.#restart());
    addEventListener("online", () => this.retry());
    setInterval(() => {
      if (!this.#leading && this.state === "live" && Date.now() - this.#told > FOLLOW_PATIENCE_MS)
        this.state = "reconnecting";
    }, 2000);
    this.#resume();
  }

  /** Try now instead of waiting. */
  retry(): void {
    this.#retryNow?.();
  }

  #resume(): void {
    this.state = "connecting";
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    if (!navigator.locks) {
      void this.#lead(signal);
      return;
    }
    this.#channel = new BroadcastChannel("voltaro-live");
    this.#channel.onmessage = (message) => this.#heard(message.data as Told);
    this.#tell({ kind: "hello" });
    navigator.locks
      .request("voltaro-live", { signal }, () => this.#lead(signal))
      .catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
  }

  #pause(): void {
    this.#stop?.abort();
    this.#channel?.close();
    this.#channel = null;
    this.#leading = false;
    this.#lastId = "";
    this.state = "paused";
  }

  #cut: AbortController | null = null;

  #restart(): void {
    this.#cut?.abort();
  }

  async #lead(signal: AbortSignal): Promise<void> {
    this.#leading = true;
    let failures = 0;
    while (!signal.aborted) {
      this.#cut = new AbortController();
      const both = AbortSignal.any([signal, this.#cut.signal]);
      try {
        const after = this.#lastId ? `&after=${encodeURIComponent(this.#lastId)}` : "";
        await readEvents(`/api/v1/events?topics=${TOPICS}${after}`, both, {
          open: () => {
            failures = 0;
            this.unready = [];
            this.#now("live");
            if (!after) this.#emit({ type: "reset", id: "", data: "" });
          },
          event: (event) => this.#emit(event),
          alive: () => {
            this.aliveAt = Date.now();
            this.#say();
          },
        });
      } catch (error) {
        if (error instanceof Refused && error.status === 401) toSignIn();
      }
      if (signal.aborted) return;
      failures++;
      await this.#wait(Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures), failures, signal);
    }
  }

  async #wait(ms: number, failures: number, signal: AbortSignal): Promise<void> {
    this.retryAt = Date.now() + ms;
    this.#now(failures < 4 ? "reconnecting" : "unreachable");
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#retryNow = () => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    this.#retryNow = null;
    this.retryAt = 0;
  }

  /** From the tab that reads, or to it. */
  #heard(told: Told): void {
    if (told.kind === "hello") {
      if (this.#leading) this.#say();
      return;
    }
    if (this.#leading) return;
    this.#told = Date.now();
    if (told.kind === "event") {
      this.#take(told.event);
      return;
    }
    const fresh = told.state === "live" && this.state !== "live" && !this.#lastId;
    this.state = told.state;
    this.retryAt = told.retryAt;
    this.aliveAt = told.aliveAt;
    this.unready = told.unready;
    if (fresh) this.#take({ type: "reset", id: "", data: "" });
  }

  #emit(event: ServerEvent): void {
    this.#tell({ kind: "event", event });
    this.#take(event);
  }

  #take(event: ServerEvent): void {
    if (event.id) this.#lastId = event.id;
    if (event.type === "health") this.unready = (JSON.parse(event.data) as { reasons: string[] }).reasons;
    for (const listener of this.#listeners) listener(event);
  }

  #now(state: LiveState): void {
    this.state = state;
    this.#say();
  }

  #say(): void {
    this.#tell({
      kind: "state",
      state: this.state,
      retryAt: this.retryAt,
      aliveAt: this.aliveAt,
      unready: this.unready,
    });
  }

  #tell(told: Told): void {
    this.#channel?.postMessage(told);
  }
}

export const stream = new Stream();
