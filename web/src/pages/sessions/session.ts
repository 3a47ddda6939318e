/** A session as the list and the page of one show it. */

import type { Schemas } from "../../api/client";
import { fleet, type Session } from "../../live/fleet.svelte";
import { ofConnector, type Shown } from "../../status";

/** As `GET /api/v1/transactions` tells it; the gauges are those of open ones. */
export type Charging = Session & {
  station_ref?: string;
  token_type?: string | null;
  token_status?: string | null;
  group_token?: string | null;
  register_start_wh?: number | null;
  register_last_wh?: number | null;
  cost?: Schemas["ShownCost"] | null;
};

/** What an open one is doing, as far as anybody knows; null when it has ended. */
export function shownOf(session: Charging): Shown | null {
  if (!session.open) return null;
  const station = fleet.stations.get(session.station_id);
  if (station && !station.online) return "offline";
  const place = station?.connectors.find(
    (each) =>
      each.evse_id === session.evse_id &&
      (session.connector_id == null || each.connector_id === session.connector_id),
  );
  const status = place?.status === "faulted" ? "faulted" : "occupied";
  return ofConnector({ status, charging_state: session.charging_state ?? place?.charging_state }, session);
}

/** Nobody knows what a station that is away delivers. */
export const isAway = (session: Charging): boolean =>
  session.open && fleet.stations.get(session.station_id)?.online === false;

/** In seconds; of an open one, until now. */
export function lasted(session: Charging, now: number): number {
  if (!session.open && !session.ended_at) return session.duration_s;
  const end = session.ended_at ? Date.parse(session.ended_at) : now;
  return Math.max(0, (end - Date.parse(session.started_at)) / 1000);
}

/** "EVSE 1", with its connector where that says more. */
export const placeOf = (session: Charging): string =>
  session.evse_id == null
    ? ""
    : `EVSE ${session.evse_id}${(session.connector_id ?? 1) > 1 ? `.${session.connector_id}` : ""}`;
