/** A span of time as the URL has it: `range` up to now, or `since` and `until`. */

import { route } from "../../router.svelte";

export const SPANS = ["1h", "24h", "7d", "30d"] as const;
export type Span = (typeof SPANS)[number];

const HOURS: Record<Span, number> = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 };

export const isSpan = (text: string): text is Span => (SPANS as readonly string[]).includes(text);

export interface Bounds {
  since?: string;
  until?: string;
}

const valid = (text: string): string | undefined =>
  text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : undefined;

/** The bounds that the URL means at this moment. */
export function bounds(): Bounds {
  const range = route.get("range");
  if (isSpan(range)) return { since: new Date(Date.now() - HOURS[range] * 3_600_000).toISOString() };
  return { since: valid(route.get("since")), until: valid(route.get("until")) };
}

/** Whether what happens now can lie within. */
export const isOpen = (given: Bounds): boolean => !given.until || Date.parse(given.until) > Date.now();
