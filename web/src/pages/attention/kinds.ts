/** What needs somebody, in plain words: what is the matter, what it means, what to do. */

import { duration, energy, moment } from "../../format";
import { plural, words } from "../../i18n";
import { at } from "../../router.svelte";
import type { AttentionItem } from "../../shell/attention.svelte";
import { nameOf, told as refusal } from "../onboarding/reasons";

export interface Told {
  /** What is the matter, beside where it is. */
  what: string;
  /** What it means while nobody acts. */
  impact: string;
  /** One suggestion. */
  action?: { text: string; href: string };
}

const w = words({
  en: {
    groups: {
      faulted: "Faults",
      offline: "Offline",
      refused_connection: "Stations that are not let in",
      pending_registration: "Waiting to be accepted",
      stuck_session: "Sessions that may be stuck",
      paused_session: "Sessions paused for long",
      certificate: "Certificates",
      clock: "Wrong clocks",
      deviations: "Deviations from OCPP",
      system: "This server",
    } as Record<string, string>,
    other: "Other",
    offline: "Not connected",
    offlineImpact: "Sessions go on at the station; nothing can be seen or commanded until it is back.",
    open: "Open station",
    faulted: "Reports a fault",
    evse: (n: string) => `EVSE ${n}`,
    faultedImpact: "Nobody can charge there.",
    refused: (why: string, host: string) => `Refused: ${why}${host ? `, from ${host}` : ""}`,
    times: (n: number) => `${n} ${plural(n, "time", "times")}`,
    add: "Add this station",
    password: "New password",
    connection: "See its connection",
    noOcpp: "See what to enter",
    pending: "Connected, and waits for somebody to accept it",
    pendingImpact: "It cannot charge until then.",
    accept: "Accept",
    stuck: "Open, and may not be running any more",
    stuckWhy: {
      station_away: "Open, while its station is away",
      no_reading: "Open, without a meter value for long",
      too_long: "Open for unusually long",
    } as Record<string, string>,
    stuckImpact: "Its end and its energy are not known; its token may be held.",
    session: "Open session",
    paused: "Plugged in, and takes no energy",
    pausedImpact: "The place is taken; the car is probably full.",
    clockAhead: (t: string) => `Clock ${t} ahead of the server's`,
    clockBehind: (t: string) => `Clock ${t} behind the server's`,
    clockWrong: "Clock is wrong",
    clockImpact: "Times and durations of its sessions are off.",
    deviations: (n: number) => (n ? `${n} new ${plural(n, "kind", "kinds")} of deviation in 24 h` : "New deviations in 24 h"),
    certificate: (day: string) => `Its certificate is valid until ${day}`,
    certificateOver: "Its certificate has run out",
    certificateImpact: "Without a new one the station is not let in any more.",
    deviationsImpact: "Messages were understood all the same; tell the manufacturer.",
    messages: "See messages",
    system: "A warning of the server",
    systemImpact: "See the server's settings and log.",
    settings: "Open settings",
  },
  de: {
    groups: {
      faulted: "Störungen",
      offline: "Offline",
      refused_connection: "Stationen, die nicht herein dürfen",
      pending_registration: "Warten auf Annahme",
      stuck_session: "Ladevorgänge, die hängen könnten",
      paused_session: "Lange pausierte Ladevorgänge",
      certificate: "Zertifikate",
      clock: "Falsche Uhren",
      deviations: "Abweichungen von OCPP",
      system: "Dieser Server",
    } as Record<string, string>,
    other: "Sonstiges",
    offline: "Nicht verbunden",
    offlineImpact: "Ladevorgänge laufen an der Station weiter; bis sie zurück ist, ist nichts zu sehen und zu befehlen.",
    open: "Station öffnen",
    faulted: "Meldet eine Störung",
    evse: (n: string) => `EVSE ${n}`,
    faultedImpact: "Dort kann niemand laden.",
    refused: (why: string, host: string) => `Abgewiesen: ${why}${host ? `, von ${host}` : ""}`,
    times: (n: number) => `${n}-mal`,
    add: "Station anlegen",
    password: "Neues Passwort",
    connection: "Ihre Verbindung ansehen",
    noOcpp: "Was einzutragen ist",
    pending: "Verbunden, und wartet, dass jemand sie annimmt",
    pendingImpact: "Bis dahin kann dort niemand laden.",
    accept: "Annehmen",
    stuck: "Offen, und läuft vielleicht nicht mehr",
    stuckWhy: {
      station_away: "Offen, während die Station weg ist",
      no_reading: "Offen, lange ohne Messwert",
      too_long: "Ungewöhnlich lange offen",
    } as Record<string, string>,
    stuckImpact: "Ende und Energie sind nicht bekannt; die Karte ist vielleicht gesperrt.",
    session: "Ladevorgang öffnen",
    paused: "Eingesteckt, nimmt keine Energie",
    pausedImpact: "Der Platz ist belegt; das Auto ist wohl voll.",
    clockAhead: (t: string) => `Uhr geht ${t} vor`,
    clockBehind: (t: string) => `Uhr geht ${t} nach`,
    clockWrong: "Uhr geht falsch",
    clockImpact: "Zeiten und Dauern ihrer Ladevorgänge stimmen nicht.",
    deviations: (n: number) => (n ? `${n} neue ${plural(n, "Art", "Arten")} von Abweichung in 24 h` : "Neue Abweichungen in 24 h"),
    certificate: (day: string) => `Ihr Zertifikat gilt bis ${day}`,
    certificateOver: "Ihr Zertifikat ist abgelaufen",
    certificateImpact: "Ohne ein neues wird die Station nicht mehr hereingelassen.",
    deviationsImpact: "Die Nachrichten wurden trotzdem verstanden; sag es dem Hersteller.",
    messages: "Nachrichten ansehen",
    system: "Eine Warnung des Servers",
    systemImpact: "Sieh in Einstellungen und Log des Servers nach.",
    settings: "Einstellungen öffnen",
  },
});

/** In the order in which groups are shown. */
export const KINDS: readonly string[] = Object.keys(w.groups);

export const groupOf = (kind: string): string => w.groups[kind] ?? w.other;

type Facts = AttentionItem["facts"];

const text = (facts: Facts, name: string): string => (facts[name] == null ? "" : String(facts[name]));
const number = (facts: Facts, name: string): number => (typeof facts[name] === "number" ? facts[name] : 0);

export function told(item: AttentionItem): Told {
  const make = TELL[item.kind];
  return make ? make(item) : { what: item.kind, impact: "" };
}

const toStation = (item: AttentionItem) =>
  item.station_id ? { text: w.open, href: at("stations", item.station_id) } : undefined;
const toSession = (item: AttentionItem) =>
  item.transaction_id ? { text: w.session, href: at("sessions", item.transaction_id) } : toStation(item);

const TELL: Record<string, (item: AttentionItem) => Told> = {
  offline: (item) => ({ what: w.offline, impact: w.offlineImpact, action: toStation(item) }),
  faulted: (item) => {
    const { facts } = item;
    const place = text(facts, "evse_id") && w.evse(text(facts, "evse_id"));
    const codes = [text(facts, "error_code"), text(facts, "vendor_error_code"), text(facts, "info")].filter((each) => each && each !== "NoError");
    return { what: [place, w.faulted, ...codes].filter(Boolean).join(" · "), impact: w.faultedImpact, action: toStation(item) };
  },
  refused_connection: refused,
  pending_registration: (item) => ({ what: w.pending, impact: w.pendingImpact, action: toStation(item) }),
  stuck_session: (item) => ({
    what: w.stuckWhy[text(item.facts, "reason")] ?? w.stuck,
    impact: w.stuckImpact,
    action: toSession(item),
  }),
  paused_session: (item) => ({
    what: [w.paused, number(item.facts, "energy_wh") ? energy(number(item.facts, "energy_wh")) : ""].filter(Boolean).join(" · "),
    impact: w.pausedImpact,
    action: toSession(item),
  }),
  clock: (item) => {
    const skew = number(item.facts, "clock_skew_s");
    const much = duration(Math.abs(skew));
    return {
      what: skew > 0 ? w.clockAhead(much) : skew < 0 ? w.clockBehind(much) : w.clockWrong,
      impact: w.clockImpact,
      action: toStation(item),
    };
  },
  certificate: (item) => {
    const until = text(item.facts, "not_after");
    const over = until !== "" && Date.parse(until) < Date.now();
    return { what: over || !until ? w.certificateOver : w.certificate(moment(until)), impact: w.certificateImpact, action: toStation(item) };
  },
  deviations: (item) => {
    const { kinds } = item.facts;
    return {
      what: w.deviations(Array.isArray(kinds) ? kinds.length : 0),
      impact: w.deviationsImpact,
      action: item.station_id ? { text: w.messages, href: at("messages", { station: item.station_id }) } : undefined,
    };
  },
  system: (item) => ({
    what: text(item.facts, "warning") || w.system,
    impact: w.systemImpact,
    action: { text: w.settings, href: at("settings") },
  }),
};

const ACTION: Record<string, string> = { unknown_station: w.add, wrong_password: w.password, no_credentials: w.password };

function refused(item: AttentionItem): Told {
  const reason = text(item.facts, "reason");
  const { short, meaning } = refusal(reason);
  const count = number(item.facts, "count");
  const what = w.refused(short, text(item.facts, "remote_host")) + (count > 1 ? ` · ${w.times(count)}` : "");
  if (!item.station_id) return { what, impact: meaning, action: { text: w.noOcpp, href: at("onboarding") } };
  const href = at("onboarding", { station: item.station_id });
  return { what, impact: meaning, action: { text: ACTION[reason] ?? w.connection, href } };
}

/** What it is about: a station, or this server. */
export const placeOf = (item: AttentionItem): string => (item.kind === "system" ? w.groups.system! : nameOf(item.station_id ?? ""));
export const acceptText = w.accept;
