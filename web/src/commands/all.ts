/** Every command that has a form, and what a station can be asked just now. */

import { words } from "../i18n";
import type { Station } from "../live/fleet.svelte";
import { CHARGING } from "./charging";
import type { Descriptor } from "./descriptor";
import { EXPERT } from "./expert";
import { MONITORING } from "./monitoring";
import { UPKEEP } from "./upkeep";

export const ALL: readonly Descriptor[] = [...CHARGING, ...UPKEEP, ...EXPERT, ...MONITORING];

const byName = new Map(ALL.map((each) => [each.name, each]));

export const descriptor = (name: string): Descriptor => byName.get(name)!;

const w = words({
  en: {
    offline: "Offline",
    pending: "The station is not accepted yet",
    rejected: "The station is rejected",
  },
  de: {
    offline: "Offline",
    pending: "Die Station ist noch nicht angenommen",
    rejected: "Die Station ist abgelehnt",
  },
});

/** Why a station cannot be asked for anything now. */
export function unreachable(station: Station): string | undefined {
  if (!station.online) return w.offline;
  return station.registration === "rejected" ? w.rejected : undefined;
}

/** Why this command cannot be given now; undefined: it can. */
export function whyNot(each: Descriptor, station: Station): string | undefined {
  const starts = each.name === "request_start" || each.name === "request_stop";
  return (
    unreachable(station) ??
    (starts && station.registration === "pending" ? w.pending : undefined) ??
    each.why?.(station)
  );
}
