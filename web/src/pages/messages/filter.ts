/** Which messages are meant: parts of the URL, typed as `name:value`. */

import type { Question } from "../sessions/pages";
import type { Bounds } from "../sessions/range";
import { failed, type Message } from "./message";

export const NAMES = ["station", "action", "dir", "type", "text"] as const;
export type Name = (typeof NAMES)[number];
export type Chosen = Partial<Record<Name, string>>;

/** What was typed, as changes of the URL: `dir:in Boot` → { dir: "in", text: "Boot" }. */
export function typed(line: string, actions: Iterable<string>): Chosen {
  const found: Chosen = {};
  const free: string[] = [];
  for (const [, name, quoted, plain] of line.matchAll(/(?:([a-z]+):)?(?:"([^"]*)"|(\S+))/gi)) {
    const value = (quoted ?? plain ?? "").trim();
    const known = NAMES.find((each) => each === name?.toLowerCase());
    if (!value) continue;
    if (known && allowed(known, value)) found[known] = known === "dir" || known === "type" ? value.toLowerCase() : value;
    else free.push(name ? `${name}:${value}` : value);
  }
  if (free.length) found.text = [found.text, ...free].filter(Boolean).join(" ");
  const wanted = found.action?.toLowerCase();
  if (wanted) for (const each of actions) if (each.toLowerCase() === wanted) found.action = each;
  return found;
}

function allowed(name: Name, value: string): boolean {
  if (name === "dir") return ["in", "out"].includes(value.toLowerCase());
  if (name === "type") return value.toLowerCase() === "error";
  return true;
}

/** For the API. */
export const question = (chosen: Chosen, span: Bounds): Question => ({
  station_id: chosen.station,
  action: chosen.action,
  direction: chosen.dir,
  failed: chosen.type === "error" ? true : undefined,
  text: chosen.text,
  ...span,
});

/** The same, for one that arrives. */
export function fits(chosen: Chosen): (message: Message) => boolean {
  const text = chosen.text?.toLowerCase();
  return (message) =>
    (!chosen.station || message.station_id === chosen.station) &&
    (!chosen.action || message.action === chosen.action) &&
    (!chosen.dir || message.direction === chosen.dir) &&
    (chosen.type !== "error" || failed(message)) &&
    (!text || message.frame.toLowerCase().includes(text) || (message.reply?.toLowerCase().includes(text) ?? false));
}
