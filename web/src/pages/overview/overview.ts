/** What the overview shows beside what is live. */

import { askPath } from "../../api/client";
import { zone } from "../../format";

export interface PowerAt {
  at: string;
  power_w: number | null;
}

export interface Day {
  /** "2026-11-23" */
  day: string;
  energy_wh: number;
  sessions: number;
}

export interface Overview {
  at: string;
  power_w: number;
  power: PowerAt[];
  power_yesterday: PowerAt[];
  energy_days: Day[];
  starts: { accepted: number; refused: number };
}

export const readOverview = (): Promise<Overview> =>
  askPath<Overview>(`/api/v1/overview?time_zone=${encodeURIComponent(zone)}`);

const DAY_S = 86_400;

/** Today's and yesterday's power on one axis of times, in seconds; the last point is now. */
export function curve(read: Overview, now: number, power: number | null): { times: number[]; today: (number | null)[]; yesterday: (number | null)[] } {
  const rows = new Map<number, [number | null, number | null]>();
  const row = (at: number) => rows.get(at) ?? rows.set(at, [null, null]).get(at)!;
  const seconds = (each: PowerAt) => Math.round(Date.parse(each.at) / 1000);
  for (const each of read.power) row(seconds(each))[0] = each.power_w;
  for (const each of read.power_yesterday) row(seconds(each) + DAY_S)[1] = each.power_w;
  const end = Math.round(now / 1000);
  const times = [...rows.keys()].filter((at) => at < end).sort((a, b) => a - b);
  const shown = times.map((at) => rows.get(at)!);
  return {
    times: [...times, end],
    today: [...shown.map(([today]) => today), power],
    yesterday: [...shown.map(([, yesterday]) => yesterday), null],
  };
}
