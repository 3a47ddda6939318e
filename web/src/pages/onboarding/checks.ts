/** How far a station has come, line by line; each says what was seen, or what is missing. */

import { ago, duration, energy, power } from "../../format";
import { words } from "../../i18n";
import type { Session, Station } from "../../live/fleet.svelte";
import type { Attempt } from "./attempts.svelte";
import { told } from "./reasons";
import type { StationDetails } from "./register.svelte";

export type Step = "reached" | "admitted" | "booted" | "accepted" | "status" | "clock" | "session";
/** `waiting`: the next to come. `failed`: something has to be done. `later`: not its turn yet. */
export type State = "done" | "waiting" | "failed" | "later";

export interface Check {
  step: Step;
  text: string;
  state: State;
  /** What was seen, or why it is not there. */
  more: string;
}

export interface Seen {
  station: Station | undefined;
  details: StationDetails;
  /** The latest refusal that was not followed by a connect. */
  refused: Attempt | undefined;
  /** Its newest session, open or ended. */
  session: Pick<Session, "open" | "started_at" | "energy_wh" | "power_w" | "token"> | undefined;
  now: number;
}

const w = words({
  en: {
    reached: "The station reaches this server",
    admitted: "It is let in",
    booted: "It introduces itself",
    accepted: "Its registration is accepted",
    status: "Each EVSE reports its status",
    clock: "Its clock",
    session: "First session with meter values",
    nothing: "Nothing arrived yet. Save the settings in the station; some have to be restarted.",
    from: (host: string) => `From ${host}`,
    tried: (host: string, t: string) => `From ${host}, ${t}`,
    refused: (why: string, t: string) => `Refused ${t}: ${why}.`,
    speaks: (version: string) => `With OCPP ${version}`,
    away: (t: string) => `It was connected, and left ${t}. It comes back by itself when it can.`,
    bootWait: "Connected; its BootNotification has not come yet. It is asked for one after a minute.",
    pending: "It waits for somebody to accept it.",
    rejected: "It was rejected, and may only try again.",
    acceptedMore: "It may report and charge",
    acceptedSoon: "Accepted. It acts when the station introduces itself again, mostly within a minute.",
    statusWait: "It has reported no EVSE yet.",
    clockWait: "Known as soon as a message carries a time.",
    clockGood: (s: string) => `Within ${s} of the server's`,
    clockBad: (s: string, ahead: boolean) => `${s} ${ahead ? "ahead of" : "behind"} the server's. Times in sessions will be off; check time server and zone in the station.`,
    heard: (t: string) => `last message ${t}`,
    sessionWait: "Plug in a car and show a token. Nothing else is missing.",
    sessionOpen: (p: string, e: string) => `Running: ${p}, ${e}`,
    sessionDone: (e: string, t: string) => `The last one, ${t}: ${e}`,
  },
  de: {
    reached: "Die Station erreicht diesen Server",
    admitted: "Sie darf herein",
    booted: "Sie stellt sich vor",
    accepted: "Ihre Anmeldung ist angenommen",
    status: "Jeder Ladepunkt meldet seinen Status",
    clock: "Ihre Uhr",
    session: "Erster Ladevorgang mit Messwerten",
    nothing: "Noch kam nichts an. Speichere die Einstellungen in der Station; manche müssen neu starten.",
    from: (host: string) => `Von ${host}`,
    tried: (host: string, t: string) => `Von ${host}, ${t}`,
    refused: (why: string, t: string) => `Abgewiesen ${t}: ${why}.`,
    speaks: (version: string) => `Mit OCPP ${version}`,
    away: (t: string) => `Sie war verbunden und ging ${t}. Sie kommt von selbst wieder, sobald sie kann.`,
    bootWait: "Verbunden; ihre BootNotification fehlt noch. Nach einer Minute wird sie darum gebeten.",
    pending: "Sie wartet, dass jemand sie annimmt.",
    rejected: "Sie wurde abgelehnt und darf es nur wieder versuchen.",
    acceptedMore: "Sie darf melden und laden",
    acceptedSoon: "Angenommen. Es wirkt, wenn die Station sich wieder vorstellt, meist binnen einer Minute.",
    statusWait: "Sie hat noch keinen Ladepunkt gemeldet.",
    clockWait: "Bekannt, sobald eine Nachricht eine Uhrzeit trägt.",
    clockGood: (s: string) => `Auf ${s} genau wie der Server`,
    clockBad: (s: string, ahead: boolean) => `Geht ${s} ${ahead ? "vor" : "nach"}. Zeiten der Ladevorgänge stimmen dann nicht; prüfe Zeitserver und Zeitzone in der Station.`,
    heard: (t: string) => `letzte Nachricht ${t}`,
    sessionWait: "Stecke ein Auto an und zeige eine Karte. Sonst fehlt nichts.",
    sessionOpen: (p: string, e: string) => `Läuft: ${p}, ${e}`,
    sessionDone: (e: string, t: string) => `Der letzte, ${t}: ${e}`,
  },
});

/** More is worth a word; the server's attention begins there, too. */
const WRONG_CLOCK_S = 60;

const hostOf = (address: string | null): string => address?.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1") ?? "";

export function checks(seen: Seen): Check[] {
  const lines = [reached, admitted, booted, accepted, status, clock, session].map((each) => each(seen));
  let turn = true;
  return lines.map((line) => {
    if (line.state === "done") return line;
    const before = turn;
    // A wrong clock holds nothing up.
    if (line.step !== "clock") turn = false;
    if (line.state === "failed") return line;
    const state: State = before ? "waiting" : "later";
    return { ...line, state, more: state === "waiting" ? line.more : "" };
  });
}

function reached({ station, details, refused, now }: Seen): Check {
  const line = { step: "reached", text: w.reached } as const;
  if (refused && !station?.online) return { ...line, state: "done", more: w.tried(refused.remote_host, ago(refused.last_at, now)) };
  if (!ever(station, details)) return { ...line, state: "waiting", more: w.nothing };
  const host = hostOf(details.remote_address);
  return { ...line, state: "done", more: host && w.from(host) };
}

function admitted({ station, details, refused, now }: Seen): Check {
  const line = { step: "admitted", text: w.admitted } as const;
  if (station?.online) {
    const version = (station.protocol ?? details.protocol)?.replace("ocpp", "");
    return { ...line, state: "done", more: version ? w.speaks(version) : "" };
  }
  if (refused)
    return { ...line, state: "failed", more: `${w.refused(told(refused.reason).short, ago(refused.last_at, now))} ${told(refused.reason).meaning}` };
  const left = station?.disconnected_at ?? details.disconnected_at;
  return { ...line, state: "waiting", more: left ? w.away(ago(left, now)) : "" };
}

function booted({ station, details, now }: Seen): Check {
  const at = station?.booted_at ?? details.booted_at;
  const who = [station?.vendor ?? details.vendor, station?.model ?? details.model].filter(Boolean).join(" ");
  const firmware = station?.firmware_version ?? details.firmware_version;
  return {
    step: "booted",
    text: w.booted,
    state: at ? "done" : "waiting",
    more: at ? [who, firmware, ago(at, now)].filter(Boolean).join(" · ") : w.bootWait,
  };
}

function accepted({ station, details }: Seen): Check {
  const registration = station?.registration ?? details.registration;
  const introduced = Boolean(station?.booted_at ?? details.booted_at);
  const line = { step: "accepted", text: w.accepted } as const;
  if (registration === "accepted") {
    // What was decided after it introduced itself acts the next time.
    const at = Date.parse(station?.booted_at ?? details.booted_at ?? "");
    const known = (station?.connectors ?? details.connectors).length > 0;
    if (!introduced || (!known && Date.parse(details.updated_at) > at)) return { ...line, state: "waiting", more: introduced ? w.acceptedSoon : "" };
    return { ...line, state: "done", more: w.acceptedMore };
  }
  return { ...line, state: "failed", more: registration === "pending" ? w.pending : w.rejected };
}

function status({ station, details }: Seen): Check {
  const known = (station?.connectors ?? details.connectors).length > 0;
  return { step: "status", text: w.status, state: known ? "done" : "waiting", more: known ? "" : w.statusWait };
}

function clock({ station, details, now }: Seen): Check {
  const line = { step: "clock", text: w.clock } as const;
  const skew = station?.clock_skew_s ?? details.clock_skew_s;
  if (skew == null) return { ...line, state: "waiting", more: w.clockWait };
  if (Math.abs(skew) > WRONG_CLOCK_S) return { ...line, state: "failed", more: w.clockBad(duration(Math.abs(skew)), skew > 0) };
  const last = [station?.last_seen, details.last_seen].filter((each) => each != null).sort().at(-1);
  const heard = last && station?.online ? `, ${w.heard(ago(last, now))}` : "";
  return { ...line, state: "done", more: w.clockGood(duration(Math.max(1, Math.ceil(Math.abs(skew))))) + heard };
}

function session({ session: newest, now }: Seen): Check {
  const line = { step: "session", text: w.session } as const;
  if (!newest) return { ...line, state: "waiting", more: w.sessionWait };
  if (newest.open) {
    const metered = newest.power_w != null || newest.energy_wh != null;
    return { ...line, state: metered ? "done" : "waiting", more: w.sessionOpen(power(newest.power_w), energy(newest.energy_wh)) };
  }
  return { ...line, state: "done", more: w.sessionDone(energy(newest.energy_wh), ago(newest.started_at, now)) };
}

const ever = (station: Station | undefined, details: StationDetails): boolean =>
  Boolean(station?.online || station?.connected_at || details.connected_at || details.booted_at);
