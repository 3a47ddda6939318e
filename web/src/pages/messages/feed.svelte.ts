/** Messages, oldest first: pages of the past, and what arrives while it is followed. */

import { askPath, Problem, toSignIn } from "../../api/client";
import { readEvents, Refused, type ServerEvent } from "../../live/events";
import { address, type Page, type Question } from "../sessions/pages";
import type { Message } from "./message";

const PAGE = 200;
/** More are not kept here; the list says so. */
export const MOST = 10_000;
const MOST_HELD = 2_000;
const LONGEST_WAIT_MS = 15_000;

export interface Wanted {
  question: Question;
  fits: (message: Message) => boolean;
  station: string | undefined;
  /** Whether what happens now can be meant. */
  open: boolean;
}

const byId = (a: Message, b: Message): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

export class MessageFeed {
  rows = $state.raw<readonly Message[]>([]);
  loaded = $state(false);
  problem = $state.raw<Problem | undefined>(undefined);
  loadingOlder = $state(false);
  /** There is nothing older. */
  complete = $state(false);
  /** There is, and it is not kept here. */
  full = $state(false);
  /** Arrived while somebody reads further up. */
  held = $state(0);
  /** Came too fast to be sent one by one. */
  missed = $state(0);
  /** What arrives is arriving. */
  live = $state(false);
  /** Set while the end of the list is in sight. */
  atEnd = true;

  #wanted: Wanted | undefined;
  #older: string | null = null;
  #waiting: Message[] = [];
  #turn = 0;
  #reader: AbortController | undefined;
  #lastId = "";

  /** Begin anew: read the newest, and follow from there if wanted. */
  show(wanted: Wanted, follow: boolean): void {
    this.stop();
    this.#turn++;
    this.#wanted = wanted;
    this.#lastId = "";
    this.rows = [];
    this.loaded = false;
    this.problem = undefined;
    this.#newest(null);
    if (follow && wanted.open) this.follow();
    else void this.#catchUp();
  }

  follow(): void {
    if (this.#reader || !this.#wanted?.open) return;
    this.#reader = new AbortController();
    void this.#read(this.#reader.signal);
  }

  stop(): void {
    this.#reader?.abort();
    this.#reader = undefined;
    this.live = false;
  }

  /** Somebody sees the end again: what was held is shown. */
  release(): void {
    this.atEnd = true;
    if (this.held > this.#waiting.length) {
      this.rows = [];
      this.#newest(null);
      void this.#catchUp();
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    this.held = 0;
    this.#add(waiting);
  }

  async again(): Promise<void> {
    this.missed = 0;
    await this.#catchUp();
  }

  /** The page before. */
  async older(): Promise<void> {
    if (!this.#older || this.loadingOlder || this.full) return;
    const turn = this.#turn;
    this.loadingOlder = true;
    try {
      const page = await this.#ask(this.#older);
      if (turn !== this.#turn) return;
      const known = new Set(this.rows.map((each) => each.id));
      this.rows = [...page.items.filter((each) => !known.has(each.id)).sort(byId), ...this.rows];
      this.#newest(page.next_cursor);
      this.full = this.rows.length >= MOST;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (turn === this.#turn) this.problem = error;
    } finally {
      if (turn === this.#turn) this.loadingOlder = false;
    }
  }

  #newest(cursor: string | null): void {
    this.#older = cursor;
    this.complete = cursor === null;
    if (this.rows.length) return;
    this.#waiting = [];
    this.held = 0;
    this.missed = 0;
    this.full = false;
    this.loadingOlder = false;
  }

  async #read(signal: AbortSignal): Promise<void> {
    const station = this.#wanted?.station;
    const topic = station && !station.includes(",") ? `messages:${station}` : "messages";
    let failures = 0;
    while (!signal.aborted) {
      const query = new URLSearchParams({ topics: topic, ...(this.#lastId ? { after: this.#lastId } : {}) });
      const resumes = this.#lastId !== "";
      try {
        await readEvents(`/api/v1/events?${query}`, signal, {
          open: () => {
            failures = 0;
            this.live = true;
            if (!resumes) void this.#catchUp();
          },
          event: (event) => this.#heard(event),
          alive: () => undefined,
        });
      } catch (error) {
        if (error instanceof Refused && error.status === 401) toSignIn();
      }
      if (signal.aborted) return;
      this.live = false;
      if (!this.loaded) void this.#catchUp();
      await pause(Math.min(LONGEST_WAIT_MS, 500 * 2 ** ++failures), signal);
    }
  }

  #heard(event: ServerEvent): void {
    this.#lastId = event.id || this.#lastId;
    if (event.type === "reset") void this.#catchUp();
    if (event.type !== "messages") return;
    const { data, missed = 0 } = JSON.parse(event.data) as { data: Message[]; missed?: number };
    this.missed += missed;
    this.#arrived(data.filter((each) => this.#wanted?.fits(each)));
  }

  /** The newest page, joined to what is there; where it does not reach that, instead of it. */
  async #catchUp(): Promise<void> {
    const turn = this.#turn;
    try {
      const page = await this.#ask(null);
      if (turn !== this.#turn) return;
      const last = this.rows.at(-1);
      const first = page.items.at(-1);
      if (last && (!first || !page.next_cursor || first.id <= last.id)) {
        this.#arrived(page.items.filter((each) => each.id > last.id));
      } else if (last && !this.atEnd) {
        this.#waiting = []; // fewer than are held: the newest are read again when they are wanted
        this.held += page.items.length;
      } else {
        this.rows = [];
        const early = this.#waiting;
        this.#newest(page.next_cursor);
        this.#add([...page.items, ...early]);
      }
      this.loaded = true;
      this.problem = undefined;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (turn === this.#turn) this.problem = error;
    }
  }

  #arrived(messages: Message[]): void {
    if (this.loaded && this.atEnd) {
      this.#add(messages);
      return;
    }
    const known = new Set(this.#waiting.map((each) => each.id));
    const fresh = messages.filter((each) => !known.has(each.id));
    if (this.loaded) this.held += fresh.length;
    if (this.#waiting.length < MOST_HELD) this.#waiting.push(...fresh);
  }

  #add(messages: Message[]): void {
    if (!messages.length) return;
    const tail = new Set(this.rows.slice(-2 * PAGE).map((each) => each.id));
    const once = new Map(messages.map((each) => [each.id, each]));
    const fresh = [...once.values()].filter((each) => !tail.has(each.id)).sort(byId);
    const last = this.rows.at(-1);
    const all = [...this.rows, ...fresh];
    if (last && fresh[0] && fresh[0].id < last.id) all.sort(byId);
    this.full ||= all.length > MOST;
    this.rows = all.length > MOST ? all.slice(-MOST) : all;
  }

  #ask(cursor: string | null): Promise<Page<Message>> {
    return askPath<Page<Message>>(address("/api/v1/messages", { ...this.#wanted?.question, limit: PAGE, cursor }));
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
