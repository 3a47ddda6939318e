/** Registering stations, and what was made for them and is shown only now. */

import { SvelteMap } from "svelte/reactivity";
import { ask, client, type Schemas } from "../../api/client";

export type StationBody = Schemas["StationBody"];
export type Registered = Schemas["StationPutAnswer"];
export type StationDetails = Schemas["Station"];

/** Passwords that were made in this tab, by station; the server keeps only their hashes. */
export const passwords = new SvelteMap<string, string>();

/** Without those that look alike (I and 1, O and 0). */
const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/** OCPP 1.6 stations take up to 20 characters, 2.x ones want at least 16. */
const LENGTH = 20;

export function newPassword(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(LENGTH)), (byte) => LETTERS[byte % LETTERS.length]).join("");
}

/** Register a station, or change one. A password in `body` is kept to be shown. */
export async function put(stationId: string, body: StationBody): Promise<Registered> {
  const answer = await ask(
    client.PUT("/api/v1/stations/{station_id}", { params: { path: { station_id: stationId } }, body }),
  );
  const password = answer.password ?? body.password;
  if (password) passwords.set(stationId, password);
  return answer;
}
