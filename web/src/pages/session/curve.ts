/** The course of one session, as `GET /api/v1/transactions/{id}/curve` tells it. */

import { count, duration, energy, power } from "../../format";
import { words } from "../../i18n";
import type { Charging } from "../sessions/session";

export interface Point {
  at: string;
  power_w: number | null;
  /** Since the start. */
  energy_wh: number | null;
  soc_percent: number | null;
  offered_w: number | null;
  current_a?: number | null;
  voltage_v?: number | null;
}

export interface CurveEvent {
  at: string;
  kind: string;
  text?: string | null;
  facts?: Record<string, unknown> | null;
}

export interface Curve {
  transaction_id: string;
  points: Point[];
  /** The power is worked out from energy registers. */
  derived: boolean;
  events: CurveEvent[];
}

/** What the stream says of an open one, put after the points that are known. */
export function appended(points: readonly Point[], session: Charging): readonly Point[] {
  const last = points.at(-1);
  const at = session.power_at;
  if (!at || (last && Date.parse(at) <= Date.parse(last.at))) return points;
  const { power_w, energy_wh, soc_percent, offered_w } = session;
  return [...points, { at, power_w, energy_wh, soc_percent, offered_w }];
}

export const has = (points: readonly Point[], name: keyof Point): boolean => points.some((each) => each[name] != null);

const w = words({
  en: {
    none: "No power was measured.",
    summary: (t: string, least: string, most: string, mean: string, total: string) =>
      `Power over ${t}: between ${least} and ${most}, ${mean} on average; ${total} in total.`,
    soc: (from: string, to: string) => ` The battery went from ${from} to ${to} percent.`,
  },
  de: {
    none: "Es wurde keine Leistung gemessen.",
    summary: (t: string, least: string, most: string, mean: string, total: string) =>
      `Leistung über ${t}: zwischen ${least} und ${most}, im Mittel ${mean}; zusammen ${total}.`,
    soc: (from: string, to: string) => ` Die Batterie ging von ${from} auf ${to} Prozent.`,
  },
});

/** The curve in a sentence, for those who cannot see it. */
export function summary(points: readonly Point[], session: Charging): string {
  const powers = points.flatMap((each) => each.power_w ?? []);
  if (!powers.length) return w.none;
  const span = (Date.parse(points.at(-1)!.at) - Date.parse(points[0]!.at)) / 1000;
  const energyNow = session.energy_wh ?? points.at(-1)?.energy_wh ?? null;
  const mean = span > 0 && energyNow != null ? (energyNow / span) * 3600 : powers.reduce((sum, each) => sum + each, 0) / powers.length;
  const socs = points.flatMap((each) => each.soc_percent ?? []);
  const least = powers.reduce((a, b) => Math.min(a, b));
  const most = powers.reduce((a, b) => Math.max(a, b));
  const text = w.summary(duration(span), power(least), power(most), power(mean), energy(energyNow));
  return socs.length ? text + w.soc(count(socs[0]!), count(socs.at(-1)!)) : text;
}
