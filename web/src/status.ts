/** The status language: one word, icon and tone for what a place is doing, everywhere the same. */

import { words } from "./i18n";

export type Shown =
  | "available"
  | "preparing"
  | "charging"
  | "paused_by_car"
  | "paused_by_station"
  | "finishing"
  | "discharging"
  | "reserved"
  | "out_of_service"
  | "faulted"
  | "offline"
  | "never_connected"
  | "unknown";

/** In the order in which they are worth a look. */
export const ALL_SHOWN: readonly Shown[] = [
  "faulted",
  "offline",
  "charging",
  "discharging",
  "paused_by_station",
  "paused_by_car",
  "preparing",
  "finishing",
  "reserved",
  "available",
  "out_of_service",
  "never_connected",
  "unknown",
];

const rank = new Map(ALL_SHOWN.map((each, index) => [each, index]));

export type Tone = "good" | "warn" | "accent" | "paused" | "finishing" | "reserved" | "quiet" | "danger" | "outline";

export const TONE: Record<Shown, Tone> = {
  available: "good",
  preparing: "warn",
  charging: "accent",
  discharging: "accent",
  paused_by_car: "paused",
  paused_by_station: "paused",
  finishing: "finishing",
  reserved: "reserved",
  out_of_service: "quiet",
  faulted: "danger",
  offline: "outline",
  never_connected: "outline",
  unknown: "outline",
};

/** Paths in a box of 16. */
export const ICON: Record<Shown, string> = {
  available: "M3 8.5l3.2 3L13 4.8",
  preparing: "M5.5 2v4M10.5 2v4M4 6h8v2.5a4 4 0 0 1-8 0zM8 12.5V15",
  charging: "M9 1.5L3.5 9H8l-1 5.5L12.5 7H8z",
  discharging: "M8 2v11M4 9l4 4 4-4",
  paused_by_car: "M5.5 3.5v9M10.5 3.5v9",
  paused_by_station: "M5.5 3.5v9M10.5 3.5v9",
  finishing: "M3 2v12M3 3h9l-2 3 2 3H3",
  reserved: "M3.5 7h9v7h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  out_of_service: "M3.8 3.8l8.4 8.4M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z",
  faulted: "M8 2l6.5 11.5h-13zM8 6.5v3.5M8 11.8v.1",
  offline: "M2 2l12 12M4 6.5a6 6 0 0 1 2-1.2M12 6.5a6 6 0 0 0-3-1.4M6 9.5a3 3 0 0 1 4 0M8 12.5v.1",
  never_connected: "M8 2a6 6 0 0 1 3 .8M13.2 5A6 6 0 0 1 14 8M13.2 11a6 6 0 0 1-2.2 2.2M8 14a6 6 0 0 1-3-.8M2.8 11A6 6 0 0 1 2 8M2.8 5A6 6 0 0 1 5 2.8",
  unknown: "M6 6a2 2 0 1 1 3 1.7c-.7.4-1 .8-1 1.6M8 12v.1",
};

export const WORDS: Record<Shown, string> = words({
  en: {
    available: "Available",
    preparing: "Preparing",
    charging: "Charging",
    discharging: "Discharging",
    paused_by_car: "Paused by car",
    paused_by_station: "Paused by station",
    finishing: "Finishing",
    reserved: "Reserved",
    out_of_service: "Out of service",
    faulted: "Faulted",
    offline: "Offline",
    never_connected: "Never connected",
    unknown: "No status yet",
  },
  de: {
    available: "Frei",
    preparing: "Vorbereitung",
    charging: "Lädt",
    discharging: "Speist zurück",
    paused_by_car: "Pause vom Auto",
    paused_by_station: "Pause der Station",
    finishing: "Beendet",
    reserved: "Reserviert",
    out_of_service: "Außer Betrieb",
    faulted: "Gestört",
    offline: "Offline",
    never_connected: "Nie verbunden",
    unknown: "Noch kein Status",
  },
});

export const MEANING: Record<Shown, string> = words({
  en: {
    available: "Ready for a driver",
    preparing: "Plugged in or token shown, not charging yet",
    charging: "Energy flows to the car",
    discharging: "Energy flows to the grid",
    paused_by_car: "The car takes no energy, often because it is full",
    paused_by_station: "Waiting for power, a schedule or an authorisation",
    finishing: "Done, the cable is still plugged in",
    reserved: "Kept for somebody",
    out_of_service: "Set out of service",
    faulted: "The station reports a fault",
    offline: "Not connected",
    never_connected: "Registered, and has never connected",
    unknown: "Connected, and has not reported a status",
  },
  de: {
    available: "Bereit zum Laden",
    preparing: "Eingesteckt oder Karte gezeigt, lädt noch nicht",
    charging: "Energie fließt ins Auto",
    discharging: "Energie fließt ins Netz",
    paused_by_car: "Das Auto nimmt keine Energie, oft weil es voll ist",
    paused_by_station: "Wartet auf Leistung, einen Plan oder eine Freigabe",
    finishing: "Fertig, das Kabel steckt noch",
    reserved: "Für jemanden freigehalten",
    out_of_service: "Außer Betrieb gesetzt",
    faulted: "Die Station meldet eine Störung",
    offline: "Nicht verbunden",
    never_connected: "Angelegt, war noch nie verbunden",
    unknown: "Verbunden, hat noch keinen Status gemeldet",
  },
});

const BY_STATE: Record<string, Shown> = {
  ev_connected: "preparing",
  preparing: "preparing",
  charging: "charging",
  suspended_ev: "paused_by_car",
  suspended_evse: "paused_by_station",
  finishing: "finishing",
  idle: "finishing",
};

/** What a connector shows, by its own status and the transaction at it; offline is said beside it. */
export function ofConnector(
  connector: { status: string; charging_state?: string | null },
  transaction?: { charging_state?: string | null; power_w?: number | null } | null,
): Shown {
  switch (connector.status) {
    case "available":
      return "available";
    case "reserved":
      return "reserved";
    case "unavailable":
      return "out_of_service";
    case "faulted":
      return "faulted";
  }
  const state = transaction?.charging_state ?? connector.charging_state;
  if ((transaction?.power_w ?? 0) < 0) return "discharging";
  return (state && BY_STATE[state]) || "preparing";
}

/** The one of several that is most worth a look. */
export function foremost(all: Iterable<Shown>): Shown {
  let best: Shown = "unknown";
  for (const each of all) if (rank.get(each)! < rank.get(best)!) best = each;
  return best;
}

export const byUrgency = (a: Shown, b: Shown): number => rank.get(a)! - rank.get(b)!;
