/** Charging profile templates: what an editor holds, and how times of day are typed. */

import type { Schemas } from "../../api/client";
import { words } from "../../i18n";

export type Template = Schemas["ChargingProfileTemplate"];
export type Profile = Schemas["ChargingProfileBody"];
export type Schedule = Schemas["Schedule"];
export type Period = Schemas["Period"];

export const DAY_S = 86_400;

export const PURPOSES: Record<Profile["purpose"], { text: string; about: string }> = words({
  en: {
    station_max: { text: "Whole station", about: "Limits everything the station takes." },
    tx_default: { text: "Every session", about: "Limits each session that has no profile of its own." },
    tx: { text: "One session", about: "Limits the session it is set for." },
    priority: { text: "Priority charging", about: "Waits at the station until priority is asked for. OCPP 2.1." },
    local_generation: { text: "Local generation", about: "What is generated on the spot is allowed on top. OCPP 2.1." },
  },
  de: {
    station_max: { text: "Ganze Station", about: "Begrenzt alles, was die Station nimmt." },
    tx_default: { text: "Jeder Ladevorgang", about: "Begrenzt jeden Ladevorgang ohne eigenes Profil." },
    tx: { text: "Ein Ladevorgang", about: "Begrenzt den Ladevorgang, für den es gesetzt wird." },
    priority: { text: "Vorrang", about: "Wartet in der Station, bis Vorrang verlangt wird. OCPP 2.1." },
    local_generation: { text: "Eigenerzeugung", about: "Was vor Ort erzeugt wird, ist zusätzlich erlaubt. OCPP 2.1." },
  },
});

/** Recurrency is part of it: nobody thinks of "recurring" alone. */
export type Rhythm = "daily" | "weekly" | "absolute" | "relative" | "dynamic";
export const RHYTHMS: Record<Rhythm, { text: string; about: string }> = words({
  en: {
    daily: { text: "Every day", about: "Times count from the start time, each day." },
    weekly: { text: "Every week", about: "Times count from the start time, each week." },
    absolute: { text: "Once", about: "Times count from the start time, or from when it is set." },
    relative: { text: "From the start of a session", about: "Times count from the start of the session." },
    dynamic: { text: "Until it is told anew", about: "One period, in force at once. OCPP 2.1." },
  },
  de: {
    daily: { text: "Täglich", about: "Zeiten zählen ab der Startzeit, jeden Tag." },
    weekly: { text: "Wöchentlich", about: "Zeiten zählen ab der Startzeit, jede Woche." },
    absolute: { text: "Einmal", about: "Zeiten zählen ab der Startzeit oder ab dem Setzen." },
    relative: { text: "Ab Beginn des Ladevorgangs", about: "Zeiten zählen ab dem Beginn des Ladevorgangs." },
    dynamic: { text: "Bis es neu gesagt wird", about: "Ein Abschnitt, der sofort gilt. OCPP 2.1." },
  },
});

export const rhythmOf = (profile: Pick<Profile, "kind" | "recurrency">): Rhythm =>
  profile.kind === "recurring" ? (profile.recurrency ?? "daily") : profile.kind;

export function withRhythm(profile: Profile, rhythm: Rhythm): Profile {
  const recurring = rhythm === "daily" || rhythm === "weekly";
  return {
    ...profile,
    kind: recurring ? "recurring" : rhythm,
    recurrency: recurring ? rhythm : null,
    schedules: profile.schedules.map((each) => ({
      ...each,
      start_at: rhythm === "relative" || rhythm === "dynamic" ? null : (each.start_at ?? (recurring ? midnight() : null)),
      duration_s: recurring ? (rhythm === "daily" ? DAY_S : 7 * DAY_S) : each.duration_s,
    })),
  };
}

function midnight(): string {
  const today = new Date();
  today.setHours(0, 0, 0, 0);
  return today.toISOString();
}

export const fresh = (): Profile =>
  withRhythm(
    {
      purpose: "tx_default",
      stack_level: 0,
      kind: "recurring",
      recurrency: "daily",
      schedules: [{ rate_unit: "A", periods: [{ start_s: 0, limit: 16 }, { start_s: 6 * 3600, limit: 8 }, { start_s: 22 * 3600, limit: 16 }] }],
    },
    "daily",
  );

/** What can be sent, of what is shown. */
export function bodyOf(template: Template): Profile {
  const { name: _, created_at: __, updated_at: ___, purpose, ...rest } = template;
  return { ...rest, purpose: purpose === "external" ? "station_max" : purpose };
}

/** Seconds as "8:00" or "32:30"; with seconds only where there are some. */
export function typed(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const rest = seconds % 60 ? `:${two(seconds % 60)}` : "";
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}${rest}`;
}

/** Of "8", "8:00" or "8:00:30"; undefined where it is none of these. */
export function seconds(text: string): number | undefined {
  const found = /^(\d{1,4})(?::([0-5]?\d))?(?::([0-5]?\d))?$/.exec(text.trim());
  return found ? Number(found[1]) * 3600 + Number(found[2] ?? 0) * 60 + Number(found[3] ?? 0) : undefined;
}

/** Where the last period ends, for a drawing. */
export function span(schedule: Schedule): number {
  const last = Math.max(0, ...schedule.periods.map((each) => each.start_s));
  return Math.max(schedule.duration_s ?? 0, schedule.duration_s ? 0 : last + 3600, last + 60);
}
