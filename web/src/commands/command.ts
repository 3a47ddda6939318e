/** Commands as the API has them, and the two ways to send one. */

import { askPath, idempotencyKey, type Schemas } from "../api/client";
import { outbox } from "./outbox";

export type Command = Schemas["Command"];
export type CommandState = Command["state"];

/** What a typed command is sent with. */
export interface Body {
  command: string;
  [field: string]: unknown;
}

export type Payload = Record<string, unknown>;

export const stationPath = (stationId: string): string => `/api/v1/stations/${encodeURIComponent(stationId)}`;

/** The same `key` again asks for the same command again, not for another one. */
export async function send(stationId: string, body: Body, key = idempotencyKey()): Promise<Command> {
  const command = await askPath<Command>(`${stationPath(stationId)}/commands`, {
    method: "POST",
    headers: { "Idempotency-Key": key },
    body: JSON.stringify(body),
  });
  outbox.expect(command);
  return command;
}

/** A message of the station's own version; answers when the station has. */
export function sendRaw(
  stationId: string,
  action: string,
  payload: string,
  key = idempotencyKey(),
): Promise<{ message_id: string; result: Payload }> {
  return askPath(`${stationPath(stationId)}/ocpp/${encodeURIComponent(action)}`, {
    method: "POST",
    headers: { "Idempotency-Key": key },
    body: payload,
  });
}

export const cancel = (id: string): Promise<Command> =>
  askPath(`/api/v1/commands/${id}/cancel`, { method: "POST", headers: { "Idempotency-Key": idempotencyKey() } });

/** Waits for its turn or for an answer. */
export const isWaiting = (command: Command): boolean => command.state === "queued" || command.state === "sent";

/** Nothing more is expected of it. */
export const isOver = (command: Command): boolean => command.final;

/** The command once more, or null where what was secret in it is gone. */
export function again(command: Command): { body: Body } | { action: string; payload: Payload } | null {
  const given: Payload = command.arguments;
  if (JSON.stringify(given).includes("***")) return null;
  if (command.command === "raw") {
    const { action, payload } = given;
    return typeof action === "string" ? { action, payload: (payload as Payload | undefined) ?? {} } : null;
  }
  const body: Body = { ...given, command: command.command };
  if (command.command === "reserve_now") delete body.reservation_id;
  if ("template" in body) {
    // The profile is what the server made of the template.
    delete body.profile;
    delete body.profile_id;
  }
  if (command.command === "request_start") delete body.profile_id;
  return { body };
}

const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** For a shell, without the key: that is in the environment. */
export function asCurl(command: Command): string {
  const given = again(command);
  const path = stationPath(command.station_id);
  const [where, what] =
    given && "action" in given
      ? [`${path}/ocpp/${encodeURIComponent(given.action)}`, given.payload]
      : [`${path}/commands`, given?.body ?? { command: command.command, ...command.arguments }];
  return [
    `curl -X POST ${quoted(location.origin + where)}`,
    `-H "Authorization: Bearer $VOLTARO_API_KEY"`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(JSON.stringify(what))}`,
  ].join(" ");
}

/** The same for Voltaro's own program. */
export function asCli(command: Command): string {
  const given = again(command);
  if (given && "action" in given)
    return ["voltaro", "send", command.station_id, "--raw", given.action, JSON.stringify(given.payload)].map(quoted).join(" ");
  const { command: _, ...fields } = given?.body ?? { command: "", ...command.arguments };
  const words = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return ["voltaro", "send", command.station_id, command.command, ...words].map(quoted).join(" ");
}
