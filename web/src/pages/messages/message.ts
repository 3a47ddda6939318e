/** An exchange with a station: what was asked, and what was answered. */

import { decimal } from "../../format";
import { words } from "../../i18n";

export interface Message {
  id: string;
  station_id: string;
  received_at: string;
  /** "in": the station asked. */
  direction: "in" | "out";
  protocol: string;
  message_id: string | null;
  action: string | null;
  frame: string;
  reply: string | null;
  verdict: string;
  handling_ms: number;
  summary?: string;
}

/** A text of the journal, understood as far as that is possible. */
export interface Content {
  text: string;
  /** The payload; undefined where the text is no JSON. */
  payload: unknown;
  /** What is around the payload: "CALL", "CALLERROR"… */
  kind: string;
}

const KINDS: Record<number, string> = { 2: "CALL", 3: "CALLRESULT", 4: "CALLERROR", 5: "CALLRESULTERROR", 6: "SEND" };

function content(text: string): Content {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { text, payload: undefined, kind: "" };
  }
  if (!Array.isArray(value)) return { text, payload: value, kind: "" };
  const frame: unknown[] = value;
  const kind = KINDS[frame[0] as number] ?? "";
  if (kind === "CALL" || kind === "SEND") return { text, payload: frame[3], kind };
  if (kind === "CALLRESULT") return { text, payload: frame[2], kind };
  if (kind) return { text, payload: { code: frame[2], description: frame[3], details: frame[4] }, kind };
  return { text, payload: value, kind };
}

export const requestOf = (message: Message): Content => content(message.frame);
export const responseOf = (message: Message): Content | null =>
  message.reply === null ? null : content(message.reply);

/** Indented; as it is where it is no JSON. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export const failed = (message: Message): boolean =>
  message.verdict !== "ok" && message.verdict !== "repeated";

/** Without the action, which stands beside it. */
export function summaryOf(message: Message): string {
  const summary = message.summary ?? "";
  return message.action && summary.startsWith(message.action)
    ? summary.slice(message.action.length).trim()
    : summary;
}

const encoder = new TextEncoder();
export const sizeOf = (message: Message): number =>
  encoder.encode(message.frame).length + (message.reply ? encoder.encode(message.reply).length : 0);

/** "0.4 ms", "312 ms", "2.1 s" */
export const latency = (ms: number): string =>
  ms < 10 ? `${decimal(ms)} ms` : ms < 1000 ? `${decimal(ms, 0)} ms` : `${decimal(ms / 1000)} s`;

interface Verdict {
  text: string;
  more: string;
}

const VERDICTS: Record<string, Verdict> = words<Record<string, Verdict>>({
  en: {
    ok: { text: "ok", more: "Understood and answered." },
    repeated: { text: "repeated", more: "The station sent it before; it was answered again and counted once." },
    quarantined: { text: "set aside", more: "It was answered, and could not be stored as it was." },
    ignored: { text: "ignored", more: "It was no answer to anything and no question." },
    malformed: { text: "malformed", more: "It is no message of OCPP." },
    late: { text: "late", more: "The answer came after the time for it was over." },
    timed_out: { text: "no answer", more: "No answer came in time." },
    unknown: { text: "unknown", more: "The connection ended before an answer came." },
    invalid_answer: { text: "bad answer", more: "The answer cannot be used." },
  },
  de: {
    ok: { text: "ok", more: "Verstanden und beantwortet." },
    repeated: { text: "wiederholt", more: "Die Station hat es schon einmal gesendet; es zählt nur einmal." },
    quarantined: { text: "beiseite", more: "Beantwortet, ließ sich aber so nicht speichern." },
    ignored: { text: "ignoriert", more: "Es war weder Frage noch Antwort auf etwas." },
    malformed: { text: "unlesbar", more: "Das ist keine Nachricht von OCPP." },
    late: { text: "verspätet", more: "Die Antwort kam nach Ablauf der Zeit." },
    timed_out: { text: "keine Antwort", more: "Es kam keine Antwort in der Zeit." },
    unknown: { text: "unbekannt", more: "Die Verbindung endete vor der Antwort." },
    invalid_answer: { text: "Antwort falsch", more: "Die Antwort ist nicht zu gebrauchen." },
  },
});

/** The codes of OCPP are shown as they are. */
export const verdict = (word: string): Verdict => VERDICTS[word] ?? { text: word, more: word };
