/** Every station and every open session, as the server last said; one snapshot, then changes. */

import { askPath, Problem } from "../api/client";
import { foremost, ofConnector, type Shown } from "../status";
import { stream, type Heard } from "./stream.svelte";

export interface Connector {
  evse_id: number;
  connector_id: number;
  status: string;
  charging_state: string | null;
  reported: string;
  error_code: string | null;
  status_at: string;
  info?: string | null;
  vendor_id?: string | null;
  vendor_error_code?: string | null;
}

export interface Session {
  id: string;
  station_id: string;
  evse_id: number | null;
  connector_id: number | null;
  token: string | null;
  started_at: string;
  ended_at: string | null;
  duration_s: number;
  energy_wh: number | null;
  stop_reason: string | null;
  open: boolean;
  charging_state: string | null;
  flags: string[];
  power_w: number | null;
  power_at: string | null;
  power_derived: boolean;
  soc_percent: number | null;
  offered_w: number | null;
}

/** As the server tells it, and below what follows from that. */
export interface Station {
  station_id: string;
  site: string | null;
  vendor: string | null;
  model: string | null;
  firmware_version: string | null;
  registration: "accepted" | "pending" | "rejected";
  online: boolean;
  last_seen: string | null;
  connected_at: string | null;
  disconnected_at: string | null;
  booted_at: string | null;
  protocol: string | null;
  clock_skew_s: number | null;
  strict: boolean;
  status: string | null;
  status_reported: string | null;
  status_at: string | null;
  error_code: string | null;
  connectors: Connector[];

  sessions: Session[];
  /** The most notable of its connectors, or offline. */
  shown: Shown;
  /** The same, as if it were online: what was last known. */
  lastKnown: Shown;
  /** In W; null while it is offline. */
  power_w: number | null;
  energy_wh: number | null;
  soc_percent: number | null;
}

interface Snapshot {
  cursor: string;
  at: string;
  stations: Station[];
  sessions: Session[];
}

type Notice = Partial<Station> & { station_id: string; deleted?: boolean };

/** Of "5b1f09aa-1042", the number. */
const sequence = (id: string): number => Number(id.slice(id.indexOf("-") + 1));
const boot = (id: string): string => id.slice(0, id.indexOf("-"));

class Fleet {
  /** Grows, at most once a frame, when something changed. */
  version = $state(0);
  loaded = $state(false);
  problem = $state.raw<Problem | undefined>(undefined);
  /** When the server made what is shown, in ms; for "data from 14:02:11". */
  at = $state(0);

  /** A station that changes is another object; what is the same object is unchanged. */
  stations = new Map<string, Station>();
  sessions = new Map<string, Session>();
  #counts = new Map<Shown, number>();
  #power = 0;
  #cursor = "";
  #waiting: Heard[] | null = null;
  #dirty = false;
  #reading = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    stream.listen((heard) => this.#heard(heard));
  }

  /** How many stations show this; read `version` to follow it. */
  count(shown: Shown): number {
    return this.#counts.get(shown) ?? 0;
  }

  /** The power of all sessions, in W. */
  get power(): number {
    return this.#power;
  }

  /** Stations by id. */
  list(): Station[] {
    return [...this.stations.values()];
  }

  #heard(heard: Heard): void {
    if (heard.type === "reset") void this.#snapshot();
    else if (heard.type !== "stations" && heard.type !== "sessions") return;
    else if (this.#waiting) this.#waiting.push(heard);
    else this.#apply(heard);
  }

  async #snapshot(): Promise<void> {
    const turn = ++this.#reading;
    clearTimeout(this.#retry);
    this.#waiting = [];
    try {
      const snapshot = await askPath<Snapshot>("/api/v1/fleet");
      if (turn !== this.#reading) return;
      this.#cursor = snapshot.cursor;
      this.stations = new Map(
        snapshot.stations.map((each) => [each.station_id, { ...each, sessions: [] }]),
      );
      this.sessions = new Map(snapshot.sessions.map((each) => [each.id, each]));
      for (const session of snapshot.sessions)
        this.stations.get(session.station_id)?.sessions.push(session);
      this.#counts.clear();
      this.#power = 0;
      for (const station of this.stations.values()) this.#derive(station);
      const waiting = this.#waiting;
      this.#waiting = null;
      for (const heard of waiting) this.#apply(heard);
      this.at = Date.now();
      this.loaded = true;
      this.problem = undefined;
      this.version++;
    } catch (error) {
      if (turn !== this.#reading) return;
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
      this.#retry = setTimeout(() => void this.#snapshot(), 3000);
    }
  }

  #apply(heard: Heard): void {
    if (boot(heard.id) === boot(this.#cursor) && sequence(heard.id) <= sequence(this.#cursor)) return;
    const { data } = JSON.parse(heard.data) as { data: unknown[] };
    if (heard.type === "stations") for (const each of data) this.#station(each as Notice);
    else for (const each of data) this.#session(each as Session);
    if (!this.#dirty) {
      this.#dirty = true;
      requestAnimationFrame(() => {
        this.#dirty = false;
        this.at = Date.now();
        this.version++;
      });
    }
  }

  #station(notice: Notice): void {
    const known = this.stations.get(notice.station_id);
    if (notice.deleted) {
      if (known) {
        this.#uncount(known);
        this.stations.delete(notice.station_id);
      }
      return;
    }
    if (known) this.#uncount(known);
    const { connectors, ...fields } = notice;
    const station = { ...(known ?? empty(notice.station_id)), ...fields };
    this.stations.set(station.station_id, station);
    if (connectors) station.connectors = merged(station.connectors, connectors);
    this.#derive(station);
  }

  #session(session: Session): void {
    if (session.open) this.sessions.set(session.id, session);
    else this.sessions.delete(session.id);
    const known = this.stations.get(session.station_id);
    if (!known) return;
    this.#uncount(known);
    const station = { ...known, sessions: known.sessions.filter((each) => each.id !== session.id) };
    if (session.open) station.sessions.push(session);
    this.stations.set(station.station_id, station);
    this.#derive(station);
  }

  #uncount(station: Station): void {
    this.#counts.set(station.shown, this.count(station.shown) - 1);
    this.#power -= station.power_w ?? 0;
  }

  #derive(station: Station): void {
    const known = station.connectors.map((each) => ofConnector(each, sessionAt(station, each)));
    if (station.status === "faulted") known.push("faulted");
    else if (station.status === "unavailable" && !known.length) known.push("out_of_service");
    station.lastKnown = foremost(known);
    if (station.online) station.shown = station.lastKnown;
    else station.shown = station.last_seen || station.connected_at ? "offline" : "never_connected";
    // Of a station that is away nobody knows what it draws.
    station.power_w = station.online ? total(station.sessions.map((each) => each.power_w)) : null;
    station.energy_wh = total(station.sessions.map((each) => each.energy_wh));
    station.soc_percent = station.sessions.find((each) => each.soc_percent != null)?.soc_percent ?? null;
    this.#counts.set(station.shown, this.count(station.shown) + 1);
    this.#power += station.power_w ?? 0;
  }
}

/** The open session at a connector, if there is one. */
export function sessionAt(
  station: Station,
  place: { evse_id: number; connector_id: number },
): Session | undefined {
  return station.sessions.find(
    (each) =>
      each.evse_id === place.evse_id &&
      (each.connector_id == null || each.connector_id === place.connector_id),
  );
}

function total(values: (number | null)[]): number | null {
  let sum: number | null = null;
  for (const value of values) if (value != null) sum = (sum ?? 0) + value;
  return sum;
}

function merged(known: Connector[], changed: Connector[]): Connector[] {
  const all = new Map(known.map((each) => [`${each.evse_id}.${each.connector_id}`, each]));
  for (const each of changed) all.set(`${each.evse_id}.${each.connector_id}`, each);
  return [...all.values()].sort((a, b) => a.evse_id - b.evse_id || a.connector_id - b.connector_id);
}

function empty(station_id: string): Station {
  return {
    station_id,
    site: null,
    vendor: null,
    model: null,
    firmware_version: null,
    registration: "accepted",
    online: false,
    last_seen: null,
    connected_at: null,
    disconnected_at: null,
    booted_at: null,
    protocol: null,
    clock_skew_s: null,
    strict: false,
    status: null,
    status_reported: null,
    status_at: null,
    error_code: null,
    connectors: [],
    sessions: [],
    shown: "never_connected",
    lastKnown: "unknown",
    power_w: null,
    energy_wh: null,
    soc_percent: null,
  };
}

export const fleet = new Fleet();
