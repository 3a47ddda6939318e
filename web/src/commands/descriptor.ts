/** What the console knows of a command so that a person can give it. */

import { energy } from "../format";
import { plural, words } from "../i18n";
import type { Session, Station } from "../live/fleet.svelte";
import type { IconName } from "../ui/icons";
import type { Body } from "./command";

export type Values = Record<string, string>;

interface Base {
  name: string;
  text: string;
  hint?: string;
  required?: boolean;
  /** Only with these values of the others. */
  when?: (values: Values) => boolean;
}

export type Field = Base &
  (
    | { kind: "choice"; options: { value: string; text: string; more?: string }[] }
    /** `all`: what choosing none means. */
    | { kind: "evse"; all?: string }
    | { kind: "session" }
    | { kind: "token" }
    | { kind: "template"; purpose?: string }
    | { kind: "text" | "area" | "moment"; placeholder?: string }
    | { kind: "number"; min?: number; max?: number; step?: number; unit?: string }
    | { kind: "file" }
  );

export type Group = "charging" | "availability" | "maintenance" | "expert";

export interface Descriptor {
  name: string;
  group: Group;
  title: string;
  about: string;
  icon: IconName;
  /** The word on the button. */
  submit: string;
  fields: Field[];
  initial?: (station: Station) => Values;
  body: (values: Values, station: Station) => Body;
  /** Why it makes no sense just now. */
  why?: (station: Station) => string | undefined;
  /** What it does to others; said before it is done. */
  effect?: (values: Values, station: Station) => string | undefined;
  danger?: boolean;
}

const w = words({
  en: {
    ends: (n: number, e: string) => `This ends ${n} ${plural(n, "session", "sessions")}, ${e} so far.`,
    noSession: "No session is open",
    noSessionAt: (evse: number) => `No session on EVSE ${evse}`,
  },
  de: {
    ends: (n: number, e: string) => `Das beendet ${n} ${plural(n, "Ladevorgang", "Ladevorgänge")}, bisher ${e}.`,
    noSession: "Kein Ladevorgang läuft",
    noSessionAt: (evse: number) => `Kein Ladevorgang an EVSE ${evse}`,
  },
});

/** "This ends 1 session, 14.20 kWh so far." */
export function ends(sessions: readonly Session[]): string | undefined {
  if (!sessions.length) return undefined;
  const total = sessions.reduce((sum, each) => sum + (each.energy_wh ?? 0), 0);
  return w.ends(sessions.length, energy(total));
}

/** Open sessions at an EVSE, or at all of them. */
export const sessionsAt = (station: Station, evse: string | undefined): Session[] =>
  station.sessions.filter((each) => !evse || each.evse_id === Number(evse));

export const evses = (station: Station): number[] => [...new Set(station.connectors.map((each) => each.evse_id))];

export function withoutSession(station: Station): string | undefined {
  if (station.sessions.length) return undefined;
  const all = evses(station);
  return all.length === 1 ? w.noSessionAt(all[0]!) : w.noSession;
}

/** OCPP 1.6 has a list of keys, and none of what rests on a device model. */
export const withoutModel = (station: Station): boolean => station.protocol === "ocpp1.6";

/** For a body: what was left empty is not there. */
export const number = (text: string | undefined): number | undefined => (text ? Number(text) : undefined);
export const text = (value: string | undefined): string | undefined => value?.trim() || undefined;
export const instant = (value: string | undefined): string | undefined =>
  value ? new Date(value).toISOString() : undefined;
