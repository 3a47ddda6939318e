/** Something that is read from the server, with the states that a page has to show. */

import { Problem } from "./api/client";

export class Resource<T> {
  data = $state.raw<T | undefined>(undefined);
  problem = $state.raw<Problem | undefined>(undefined);
  loading = $state(false);
  /** When `data` was read, in ms. */
  readAt = $state(0);
  #latest = 0;

  constructor(private readonly read: () => Promise<T>) {}

  /** Read it again; what was read before stays until there is something newer. */
  async load(): Promise<void> {
    const turn = ++this.#latest;
    this.loading = true;
    try {
      const data = await this.read();
      if (turn !== this.#latest) return;
      this.data = data;
      this.readAt = Date.now();
      this.problem = undefined;
    } catch (error) {
      if (turn !== this.#latest) return;
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    } finally {
      if (turn === this.#latest) this.loading = false;
    }
  }

  /** Forget it: the question has changed. */
  clear(): void {
    this.#latest++;
    this.data = undefined;
    this.problem = undefined;
    this.loading = false;
  }
}
