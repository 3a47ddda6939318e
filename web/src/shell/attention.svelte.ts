/** How much needs somebody, for the rail: asked again soon after something has changed. */

import { askPath, Problem } from "../api/client";
import { stream } from "../live/stream.svelte";

export interface AttentionItem {
  id: string;
  kind: string;
  severity: "high" | "medium" | "low";
  station_id: string | null;
  transaction_id: string | null;
  since: string;
  facts: Record<string, unknown>;
}

const SOON_MS = 5_000;
/** Some things need attention because nothing happens. */
const AGAIN_MS = 30_000;

class Attention {
  items = $state.raw<AttentionItem[]>([]);
  loaded = $state(false);
  problem = $state.raw<Problem | undefined>(undefined);
  at = $state(0);
  urgent = $derived(this.items.filter((each) => each.severity === "high").length);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = 0;

  start(): void {
    stream.listen((heard) => {
      if (heard.type !== "commands") this.#within(SOON_MS);
    });
    void this.load();
  }

  async load(): Promise<void> {
    try {
      const answer = await askPath<{ at: string; items: AttentionItem[] }>("/api/v1/attention");
      this.items = answer.items;
      this.at = Date.now();
      this.loaded = true;
      this.problem = undefined;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
    this.#due = 0;
    this.#within(AGAIN_MS);
  }

  #within(ms: number): void {
    const due = Date.now() + ms;
    if (this.#due && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      if (document.hidden) {
        this.#due = 0;
        this.#within(AGAIN_MS);
      } else void this.load();
    }, ms);
  }
}

export const attention = new Attention();
