/** Messages as files. */

import { csv } from "../../csv";
import { pages, type Question } from "../sessions/pages";
import type { Message } from "./message";

const MOST = 100_000;
const FIELDS = ["id", "received_at", "station_id", "direction", "protocol", "message_id", "action", "verdict", "handling_ms", "frame", "reply"] as const;

/** Page by page, the newest first, up to a bound that a browser can hold. */
export async function* read(question: Question, signal: AbortSignal): AsyncGenerator<Message[]> {
  let left = MOST;
  for await (const page of pages<Message>("/api/v1/messages", question, signal)) {
    yield page.slice(0, left);
    left -= page.length;
    if (left <= 0) return;
  }
}

export const FORMATS = [
  {
    text: "JSONL",
    file: "messages.jsonl",
    type: "application/jsonl",
    write: (rows: Message[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
  },
  {
    text: "CSV",
    file: "messages.csv",
    type: "text/csv;charset=utf-8",
    write: (rows: Message[]) => csv([...FIELDS], rows.map((row) => FIELDS.map((name) => row[name]))),
  },
];
