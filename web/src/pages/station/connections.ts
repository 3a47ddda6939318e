/** How well the line of a station holds. */

import { askPath, type Schemas } from "../../api/client";
import { stationPath } from "../../commands/command";
import { Resource } from "../../resource.svelte";

export type Connection = Schemas["Connection"];

const DAY_MS = 86_400_000;
const MOST = 500;

export const connections = (id: string): Resource<Connection[]> =>
  new Resource(async () => (await askPath<{ items: Connection[] }>(`${stationPath(id)}/connections?limit=${MOST}`)).items);

/** How often it came back in 24 hours. */
export function reconnects(all: readonly Connection[], now: number): number {
  const recent = all.filter((each) => now - Date.parse(each.connected_at) < DAY_MS);
  // The first of all is no return.
  return recent.length === all.length && all.length < MOST ? Math.max(0, recent.length - 1) : recent.length;
}
