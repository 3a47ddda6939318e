/** A list that the server gives in pages, as far as it was read. */

import { Problem } from "../../api/client";

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export class Pages<T> {
  items = $state.raw<T[]>([]);
  next = $state.raw<string | null>(null);
  loaded = $state(false);
  loading = $state(false);
  problem = $state.raw<Problem | undefined>(undefined);
  /** When it was read, in ms. */
  readAt = $state(0);
  #turn = 0;

  constructor(private readonly read: (cursor: string | undefined) => Promise<Page<T>>) {}

  /** Read it again, as far as it was read before. */
  async load(): Promise<void> {
    const had = this.items.length;
    await this.#reading(async (current) => {
      const items: T[] = [];
      let next: string | null = null;
      do {
        const page: Page<T> = await this.read(next ?? undefined);
        items.push(...page.items);
        next = page.next_cursor;
      } while (next && items.length < had && current());
      return { items, next_cursor: next };
    });
  }

  /** Read on. */
  async more(): Promise<void> {
    const cursor = this.next;
    if (!cursor || this.loading) return;
    await this.#reading(async () => {
      const page = await this.read(cursor);
      return { items: [...this.items, ...page.items], next_cursor: page.next_cursor };
    });
  }

  /** Forget it: the question has changed. */
  clear(): void {
    this.#turn++;
    this.items = [];
    this.next = null;
    this.loaded = false;
    this.loading = false;
    this.problem = undefined;
  }

  async #reading(read: (current: () => boolean) => Promise<Page<T>>): Promise<void> {
    const turn = ++this.#turn;
    const current = () => turn === this.#turn;
    this.loading = true;
    try {
      const page = await read(current);
      if (!current()) return;
      this.items = page.items;
      this.next = page.next_cursor;
      this.readAt = Date.now();
      this.loaded = true;
      this.problem = undefined;
    } catch (error) {
      if (!current()) return;
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    } finally {
      if (current()) this.loading = false;
    }
  }
}
