/** Which stations are meant: words, and `name:value` pairs, all of which must hold. */

import type { Station } from "../../live/fleet.svelte";
import type { Shown } from "../../status";

const FIELDS: Record<string, (station: Station) => (string | null)[]> = {
  site: (s) => [s.site],
  model: (s) => [s.model, s.vendor],
  fw: (s) => [s.firmware_version],
  proto: (s) => [s.protocol],
  status: (s) => [s.shown, s.lastKnown],
  tag: (s) => s.sessions.map((each) => each.token),
  reg: (s) => [s.registration],
};

const OFFLINE = /^offline>(\d+)(s|m|min|h|d)?$/;
const SECONDS: Record<string, number> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** A test for one station, made from what was typed. */
export function matching(text: string, shown: ReadonlySet<Shown>): (station: Station) => boolean {
  const terms = text.toLowerCase().split(/\s+/).filter(Boolean);
  const tests = terms.map(test);
  return (station) =>
    (!shown.size || shown.has(station.shown)) && tests.every((each) => each(station));
}

function test(term: string): (station: Station) => boolean {
  const offline = OFFLINE.exec(term);
  if (offline) {
    const least = Number(offline[1]) * SECONDS[offline[2] ?? "m"]! * 1000;
    return (s) => {
      const since = s.disconnected_at ?? s.last_seen;
      return !s.online && (!since || Date.now() - Date.parse(since) > least);
    };
  }
  const [name, value] = [term.slice(0, term.indexOf(":")), term.slice(term.indexOf(":") + 1)];
  const field = FIELDS[name];
  if (field && value) return (s) => field(s).some((each) => each?.toLowerCase().includes(value));
  return (s) =>
    s.station_id.toLowerCase().includes(term) ||
    [s.site, s.vendor, s.model, s.firmware_version].some((each) => each?.toLowerCase().includes(term));
}

/** How stations are compared, by column. */
export const ORDER: Record<string, (a: Station, b: Station) => number> = {
  station: (a, b) => compare(a.station_id, b.station_id),
  site: (a, b) => compare(a.site ?? "", b.site ?? ""),
  model: (a, b) => compare(a.model ?? "", b.model ?? ""),
  firmware: (a, b) => compare(a.firmware_version ?? "", b.firmware_version ?? ""),
  protocol: (a, b) => compare(a.protocol ?? "", b.protocol ?? ""),
  power: (a, b) => (a.power_w ?? -1) - (b.power_w ?? -1),
  energy: (a, b) => (a.energy_wh ?? -1) - (b.energy_wh ?? -1),
  soc: (a, b) => (a.soc_percent ?? -1) - (b.soc_percent ?? -1),
  seen: (a, b) => compare(a.last_seen ?? "", b.last_seen ?? ""),
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
