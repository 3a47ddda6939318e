/** Answers for the rows that can be seen, a few questions at a time. */

import { SvelteMap } from "svelte/reactivity";
import { Problem } from "../../api/client";

const AT_ONCE = 4;

export class Lazily<T> {
  #known = new SvelteMap<string, T | Problem>();
  #wanted: string[] = [];
  #asking = 0;

  constructor(private readonly read: (key: string) => Promise<T>) {}

  /** Undefined until it is known. */
  get(key: string): T | undefined {
    const known = this.#known.get(key);
    return known instanceof Problem ? undefined : known;
  }

  problem(key: string): Problem | undefined {
    const known = this.#known.get(key);
    return known instanceof Problem ? known : undefined;
  }

  /** For an effect of what is on the screen; returns how to want it no longer. */
  want(key: string): () => void {
    if (!this.#known.has(key)) {
      this.#wanted.push(key);
      this.#next();
    }
    return () => {
      this.#wanted = this.#wanted.filter((each) => each !== key);
    };
  }

  /** Ask again; what is known stays until the answer is there. */
  again(key: string): void {
    if (!this.#known.has(key)) return;
    this.#wanted.push(key);
    this.#next();
  }

  #next(): void {
    while (this.#asking < AT_ONCE && this.#wanted.length) void this.#ask(this.#wanted.shift()!);
  }

  async #ask(key: string): Promise<void> {
    this.#asking++;
    try {
      this.#known.set(key, await this.read(key));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#known.set(key, error);
    } finally {
      this.#asking--;
      this.#next();
    }
  }
}
