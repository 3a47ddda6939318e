/** A list of sessions that grows at its end when asked to, and at its top when one begins. */

import { askPath, Problem } from "../../api/client";
import type { Heard } from "../../live/stream.svelte";
import { address, type Page, type Question } from "./pages";
import { isOpen, type Bounds } from "./range";
import type { Charging } from "./session";

export interface Filter extends Bounds {
  station_id?: string;
  token?: string;
  open?: boolean;
}

const FIRST = 100;
const MOST = 500;

export const question = (filter: Filter): Question => ({ ...filter });

/** Newest first; what began at the same time, by id. */
const order = (a: Charging, b: Charging): number =>
  Date.parse(b.started_at) - Date.parse(a.started_at) || (a.id < b.id ? 1 : -1);

function fits(session: Charging, filter: Filter): boolean {
  const started = Date.parse(session.started_at);
  return (
    (filter.station_id === undefined || session.station_id === filter.station_id) &&
    (filter.token === undefined || session.token?.toLowerCase() === filter.token.toLowerCase()) &&
    (filter.open === undefined || session.open === filter.open) &&
    (!filter.since || started >= Date.parse(filter.since)) &&
    (!filter.until || started < Date.parse(filter.until))
  );
}

export class SessionList {
  items = $state.raw<readonly Charging[]>([]);
  /** Began since, and not shown so that nothing moves under somebody who reads. */
  waiting = $state.raw<readonly Charging[]>([]);
  loaded = $state(false);
  loading = $state(false);
  complete = $state(false);
  problem = $state.raw<Problem | undefined>(undefined);
  /** Set while somebody reads further down. */
  held = false;

  #filter: Filter = {};
  #next: string | null = null;
  #turn = 0;
  #changed = new Map<string, Charging>();
  #frame = 0;

  /** Begin anew with this filter. */
  async load(filter: Filter): Promise<void> {
    this.#filter = filter;
    this.held = false;
    await this.#read(FIRST, true);
  }

  /** Something may have been missed: read what is shown once more, without moving it. */
  async again(): Promise<void> {
    await this.#read(Math.min(MOST, Math.max(FIRST, this.items.length)), false);
  }

  async more(): Promise<void> {
    if (!this.#next || this.loading) return;
    const turn = this.#turn;
    await this.#asking(turn, async () => {
      const page = await this.#ask(FIRST, this.#next);
      if (turn !== this.#turn) return;
      const known = new Set(this.items.map((each) => each.id));
      this.items = [...this.items, ...page.items.filter((each) => !known.has(each.id))];
      this.#end(page);
    });
  }

  /** What the stream says. */
  hear(heard: Heard): void {
    if (heard.type === "reset") void (this.loaded ? this.again() : this.#read(FIRST, true));
    if (heard.type !== "sessions") return;
    const { data } = JSON.parse(heard.data) as { data: Charging[] };
    for (const each of data) this.#changed.set(each.id, each);
    this.#frame ||= requestAnimationFrame(() => this.#apply());
  }

  /** Show those that began since. */
  reveal(): void {
    this.items = [...this.items, ...this.waiting].sort(order);
    this.waiting = [];
    this.held = false;
  }

  stop(): void {
    this.#turn++;
    cancelAnimationFrame(this.#frame);
  }

  #apply(): void {
    this.#frame = 0;
    if (!this.loaded) return; // kept until there is something to change
    const changed = this.#changed;
    this.#changed = new Map();
    const merge = (each: Charging): Charging => {
      const news = changed.get(each.id);
      changed.delete(each.id);
      return news ? { ...each, ...news } : each;
    };
    this.items = this.items.map(merge);
    this.waiting = this.waiting.map(merge);
    this.#arrive([...changed.values()].filter((each) => isOpen(this.#filter) && fits(each, this.#filter)));
  }

  #arrive(sessions: Charging[]): void {
    const last = this.items.at(-1);
    const here = this.#next && last ? sessions.filter((each) => order(each, last) < 0) : sessions;
    if (!here.length) return;
    this.waiting = [...this.waiting, ...here];
    if (!this.held) this.reveal();
  }

  async #read(limit: number, anew: boolean): Promise<void> {
    const turn = ++this.#turn;
    if (anew) {
      this.loaded = false;
      this.items = [];
      this.waiting = [];
    }
    await this.#asking(turn, async () => {
      const page = await this.#ask(limit, null);
      if (turn !== this.#turn) return;
      const before = new Map(this.items.map((each) => [each.id, each]));
      if (this.held && before.size) {
        const fresh = new Map(page.items.map((each) => [each.id, each]));
        // An open one that is not told of any more has ended, or is beyond this page.
        this.items = this.items.map((each) => fresh.get(each.id) ?? each);
        const first = this.items[0];
        this.waiting = page.items.filter((each) => !before.has(each.id) && first && order(each, first) < 0);
        return;
      }
      this.items = page.items;
      this.waiting = [];
      this.loaded = true;
      this.#end(page);
      this.#apply();
    });
  }

  async #asking(turn: number, act: () => Promise<void>): Promise<void> {
    this.loading = true;
    try {
      await act();
      if (turn === this.#turn) this.problem = undefined;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (turn === this.#turn) this.problem = error;
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  }

  #ask(limit: number, cursor: string | null): Promise<Page<Charging>> {
    return askPath<Page<Charging>>(address("/api/v1/transactions", { ...question(this.#filter), limit, cursor }));
  }

  #end(page: Page<Charging>): void {
    this.#next = page.next_cursor;
    this.complete = page.next_cursor === null;
  }
}
