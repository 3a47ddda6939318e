/** Handshakes that were refused: those of before, and each new one as it happens. */

import { ask, client, Problem } from "../../api/client";
import type { Station } from "../../live/fleet.svelte";
import { stream } from "../../live/stream.svelte";

/** Of one station, from one address, for one reason. */
export interface Attempt {
  key: string;
  station_id: string;
  remote_host: string;
  reason: string;
  path: string;
  subprotocols: string;
  /** In ms. */
  last_at: number;
  count: number;
}

type Told = Omit<Attempt, "key" | "last_at" | "count">;

/** More than anybody reads. */
const MOST = 200;
const DAY_MS = 86_400_000;

export class Attempts {
  /** The latest first. */
  list = $state.raw<Attempt[]>([]);
  loaded = $state(false);
  problem = $state.raw<Problem | undefined>(undefined);

  /** Follow them until the returned function is called. */
  follow(): () => void {
    const stop = stream.listen((heard) => {
      if (heard.type === "reset") void this.load();
      else if (heard.type === "attempts") this.#heard(JSON.parse(heard.data) as { data: (Told & { at: string })[] });
    });
    void this.load();
    return stop;
  }

  async load(): Promise<void> {
    try {
      const { items } = await ask(client.GET("/api/v1/attempts", { params: { query: { limit: 100 } } }));
      const read = items.map((each) => one(each, Date.parse(each.last_at), each.count));
      const newer = new Map(this.list.map((each) => [each.key, each]));
      this.#show(read.map((each) => latest(newer.get(each.key), each)).concat(this.list.filter((each) => !read.some((other) => other.key === each.key))));
      this.loaded = true;
      this.problem = undefined;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }

  #heard({ data }: { data: (Told & { at: string })[] }): void {
    const all = new Map(this.list.map((each) => [each.key, each]));
    for (const told of data) {
      const before = all.get(key(told));
      all.set(key(told), one(told, Date.parse(told.at), (before?.count ?? 0) + 1));
    }
    this.#show([...all.values()]);
  }

  #show(all: Attempt[]): void {
    const oldest = Date.now() - DAY_MS;
    this.list = all
      .filter((each) => each.last_at > oldest)
      .sort((a, b) => b.last_at - a.last_at)
      .slice(0, MOST);
  }
}

const key = (of: Told): string => [of.station_id, of.remote_host, of.reason].join("\n");

const latest = (a: Attempt | undefined, b: Attempt): Attempt => (a && a.last_at > b.last_at ? a : b);

const one = (told: Told, last_at: number, count: number): Attempt => ({
  key: key(told),
  station_id: told.station_id,
  remote_host: told.remote_host,
  reason: told.reason,
  path: told.path,
  subprotocols: told.subprotocols,
  last_at,
  count,
});

/** Whether what hindered it is still so: it has not come in since, nor been registered. */
export function isOpen(attempt: Attempt, station: Station | undefined): boolean {
  if (!station) return true;
  if (attempt.reason === "unknown_station") return false;
  return !station.connected_at || Date.parse(station.connected_at) < attempt.last_at;
}
