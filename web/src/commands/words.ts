/** Commands in words: what was asked, how it stands, and what came of it. */

import { count, duration, moment } from "../format";
import { plural, words } from "../i18n";
import type { IconName } from "../ui/icons";
import type { Command, CommandState } from "./command";

export type CommandTone = "good" | "warn" | "accent" | "danger" | "plain";

const names = words<Record<string, string>>({
  en: {
    request_start: "Start",
    request_stop: "Stop",
    unlock_connector: "Unlock",
    trigger_message: "Ask for a message",
    reset: "Restart",
    change_availability: "Availability",
    clear_cache: "Clear token memory",
    data_transfer: "Vendor message",
    get_variables: "Read configuration",
    set_variables: "Change configuration",
    rotate_password: "New password",
    update_firmware: "Firmware update",
    get_log: "Fetch log",
    install_certificate: "Install certificate",
    get_installed_certificate_ids: "Read certificates",
    delete_certificate: "Delete certificate",
    certificate_signed: "Hand over certificate",
    send_local_list: "Send local list",
    get_local_list_version: "Read local list version",
    reserve_now: "Reserve",
    cancel_reservation: "Cancel reservation",
    set_charging_profile: "Set charging profile",
    clear_charging_profile: "Clear charging profile",
    get_composite_schedule: "Read schedule",
    get_base_report: "Read all settings",
    get_report: "Read settings",
    get_charging_profiles: "Read charging profiles",
    get_transaction_status: "Ask about a session",
    renew_certificate: "Renew certificate",
    set_network_profile: "Network profile",
    customer_information: "Customer data",
    publish_firmware: "Publish firmware",
    unpublish_firmware: "Unpublish firmware",
    get_monitoring_report: "Read monitors",
    set_monitoring_base: "Set monitors",
    set_monitoring_level: "Monitoring level",
    set_variable_monitoring: "Add monitors",
    clear_variable_monitoring: "Clear monitors",
    cost_updated: "Tell the cost",
  },
  de: {
    request_start: "Starten",
    request_stop: "Stoppen",
    unlock_connector: "Entriegeln",
    trigger_message: "Nachricht anfordern",
    reset: "Neustart",
    change_availability: "Verfügbarkeit",
    clear_cache: "Kartenspeicher leeren",
    data_transfer: "Herstellernachricht",
    get_variables: "Konfiguration lesen",
    set_variables: "Konfiguration ändern",
    rotate_password: "Neues Passwort",
    update_firmware: "Firmware-Update",
    get_log: "Protokoll holen",
    install_certificate: "Zertifikat installieren",
    get_installed_certificate_ids: "Zertifikate lesen",
    delete_certificate: "Zertifikat löschen",
    certificate_signed: "Zertifikat übergeben",
    send_local_list: "Lokale Liste senden",
    get_local_list_version: "Listenversion lesen",
    reserve_now: "Reservieren",
    cancel_reservation: "Reservierung aufheben",
    set_charging_profile: "Ladeprofil setzen",
    clear_charging_profile: "Ladeprofil löschen",
    get_composite_schedule: "Ladeplan lesen",
    get_base_report: "Alle Einstellungen lesen",
    get_report: "Einstellungen lesen",
    get_charging_profiles: "Ladeprofile lesen",
    get_transaction_status: "Nach Ladevorgang fragen",
    renew_certificate: "Zertifikat erneuern",
    set_network_profile: "Netzwerkprofil",
    customer_information: "Kundendaten",
    publish_firmware: "Firmware verteilen",
    unpublish_firmware: "Firmware zurückziehen",
    get_monitoring_report: "Überwachung lesen",
    set_monitoring_base: "Überwachung setzen",
    set_monitoring_level: "Überwachungsstufe",
    set_variable_monitoring: "Überwachung ergänzen",
    clear_variable_monitoring: "Überwachung löschen",
    cost_updated: "Kosten mitteilen",
  },
});

/** What was asked, short. */
export const named = (command: Command): string =>
  command.command === "raw"
    ? String(command.arguments.action ?? command.action ?? "raw")
    : (names[command.command] ?? command.command);

const states = words<Record<CommandState, string>>({
  en: {
    queued: "Queued",
    sent: "Sent",
    accepted: "Accepted",
    scheduled: "Scheduled",
    reboot_required: "Restart needed",
    rejected: "Rejected",
    call_error: "Error answer",
    invalid_answer: "Unreadable answer",
    timed_out: "No answer",
    offline: "Not sent, offline",
    cancelled: "Not sent, withdrawn",
    unknown: "Outcome unknown",
    done: "Done",
    failed: "Failed",
  },
  de: {
    queued: "Wartet",
    sent: "Gesendet",
    accepted: "Angenommen",
    scheduled: "Vorgemerkt",
    reboot_required: "Neustart nötig",
    rejected: "Abgelehnt",
    call_error: "Fehlerantwort",
    invalid_answer: "Unlesbare Antwort",
    timed_out: "Keine Antwort",
    offline: "Nicht gesendet, offline",
    cancelled: "Zurückgezogen",
    unknown: "Ausgang unbekannt",
    done: "Erledigt",
    failed: "Gescheitert",
  },
});

const look: Record<CommandState, [CommandTone, IconName]> = {
  queued: ["plain", "clock"],
  sent: ["accent", "out"],
  accepted: ["accent", "in"],
  scheduled: ["warn", "clock"],
  reboot_required: ["warn", "refresh"],
  rejected: ["danger", "close"],
  call_error: ["danger", "warning"],
  invalid_answer: ["danger", "warning"],
  timed_out: ["danger", "clock"],
  offline: ["plain", "close"],
  cancelled: ["plain", "close"],
  unknown: ["warn", "info"],
  done: ["good", "check"],
  failed: ["danger", "warning"],
};

export const STATE = Object.fromEntries(
  (Object.keys(look) as CommandState[]).map((state) => [
    state,
    { text: states[state], tone: look[state][0], icon: look[state][1] },
  ]),
) as Record<CommandState, { text: string; tone: CommandTone; icon: IconName }>;

const w = words({
  en: {
    evse: (n: unknown) => `EVSE ${n}`,
    whole: "whole station",
    token: (t: unknown) => `for ${t}`,
    immediate: "at once",
    on_idle: "orderly",
    operative: "into service",
    inoperative: "out of service",
    begins: "the session to begin",
    ends: "the session to end",
    reboot: "the station to restart",
    availability: "the new status",
    message: "the message",
    firmware: "the update to finish",
    upload: "the file",
    waiting: (what: string) => `Waiting for ${what}`,
    done: {
      request_start: "The session began",
      request_stop: "The session ended",
      reset: "The station has restarted",
      update_firmware: "The firmware is installed",
      get_log: "The file is here",
      trigger_message: "The message has come",
    } as Record<string, string>,
    read: (n: number) => `${count(n)} ${plural(n, "value", "values")} read`,
    unknownKeys: (n: number) => `${count(n)} not known to the station`,
    scheduled: "It follows after the session",
    reboot_required: "It takes effect after a restart",
    refused: "The station said no",
    busy: "The station has not answered in time; it may still act",
    unsupported: "The station does not know this",
    sent: "Waiting for the answer",
    until: (t: string) => `until ${t}`,
    unlocked: "The plug is free",
    certificates: (n: number) => (n ? `${count(n)} ${plural(n, "certificate", "certificates")}` : "None installed"),
    reported: (word: string) => `The station reported ${word}`,
    tokenRefused: (word: string) => `The session began, and its token was refused: ${word}`,
    notInTime: "The station agreed, and then nothing followed in time",
  },
  de: {
    evse: (n: unknown) => `EVSE ${n}`,
    whole: "ganze Station",
    token: (t: unknown) => `für ${t}`,
    immediate: "sofort",
    on_idle: "geordnet",
    operative: "in Betrieb",
    inoperative: "außer Betrieb",
    begins: "den Beginn des Ladevorgangs",
    ends: "das Ende des Ladevorgangs",
    reboot: "den Neustart der Station",
    availability: "den neuen Status",
    message: "die Nachricht",
    firmware: "das Ende des Updates",
    upload: "die Datei",
    waiting: (what: string) => `Wartet auf ${what}`,
    done: {
      request_start: "Der Ladevorgang hat begonnen",
      request_stop: "Der Ladevorgang ist beendet",
      reset: "Die Station ist neu gestartet",
      update_firmware: "Die Firmware ist installiert",
      get_log: "Die Datei ist da",
      trigger_message: "Die Nachricht ist da",
    } as Record<string, string>,
    read: (n: number) => `${count(n)} ${plural(n, "Wert", "Werte")} gelesen`,
    unknownKeys: (n: number) => `${count(n)} kennt die Station nicht`,
    scheduled: "Es folgt nach dem Ladevorgang",
    reboot_required: "Es wirkt nach einem Neustart",
    refused: "Die Station hat nein gesagt",
    busy: "Die Station hat nicht rechtzeitig geantwortet; vielleicht tut sie es noch",
    unsupported: "Die Station kennt das nicht",
    sent: "Wartet auf die Antwort",
    until: (t: string) => `bis ${t}`,
    unlocked: "Der Stecker ist frei",
    certificates: (n: number) => (n ? `${count(n)} ${plural(n, "Zertifikat", "Zertifikate")}` : "Keines installiert"),
    reported: (word: string) => `Die Station meldet ${word}`,
    tokenRefused: (word: string) => `Der Ladevorgang begann, die Karte wurde abgelehnt: ${word}`,
    notInTime: "Die Station war einverstanden, dann kam nichts",
  },
});

/** What it was asked about: where, for whom, how. */
export function about(command: Command): string {
  const given = command.arguments;
  if (command.command === "raw") return "";
  const parts: string[] = [];
  if (given.evse_id !== undefined) parts.push(w.evse(given.evse_id));
  else if (command.command === "change_availability") parts.push(w.whole);
  if (given.operative !== undefined) parts.push(given.operative ? w.operative : w.inoperative);
  if (command.command === "reset") parts.push(given.kind === "immediate" ? w.immediate : w.on_idle);
  if (given.token !== undefined) parts.push(w.token(given.token));
  if (typeof given.expires_at === "string") parts.push(w.until(moment(given.expires_at)));
  if (command.command === "trigger_message") parts.push(String(given.message).replaceAll("_", " "));
  if (typeof given.template === "string") parts.push(given.template);
  if (command.command === "set_variables" && Array.isArray(given.variables))
    parts.push((given.variables as { name: string; value: string }[]).map((each) => `${each.name} = ${each.value}`).join(", "));
  return parts.join(" · ");
}

const FOLLOWS: Record<string, string> = {
  transaction_begins: w.begins,
  transaction_ends: w.ends,
  reboot: w.reboot,
  availability: w.availability,
  message: w.message,
  firmware: w.firmware,
  upload: w.upload,
};

/** What is waited for, if anything. */
export const awaited = (command: Command): string | null =>
  command.awaits && !command.final && command.answered_at ? w.waiting(FOLLOWS[command.awaits] ?? command.awaits) : null;

/** What came of it, in a sentence; empty where the state says it all. */
export function saidOf(command: Command): string {
  switch (command.state) {
    case "queued":
      return "";
    case "sent":
      return w.sent;
    case "accepted":
      return accepted(command);
    case "scheduled":
      return w.scheduled;
    case "reboot_required":
      return w.reboot_required;
    case "done":
      return w.done[command.command] ?? detail(command);
    case "rejected":
      return own(command, w.refused);
    case "timed_out":
      return w.busy;
    case "call_error": {
      const { code, description } = command.call_error ?? { code: command.answer ?? "", description: "" };
      const meant = code === "NotSupported" || code === "NotImplemented" ? w.unsupported : code;
      return description ? `${meant}: ${description}` : meant;
    }
    default:
      return detail(command);
  }
}

/** The server's sentence, in ours where it is one of the usual. */
function detail(command: Command): string {
  const said = command.detail ?? "";
  const reported = /^it reported (.+)$/.exec(said);
  if (reported) return w.reported(reported[1]!);
  const refused = /^the transaction began, and its token was refused: (.+)$/.exec(said);
  if (refused) return w.tokenRefused(refused[1]!);
  if (/^the station agreed, and .* within /.test(said)) return w.notInTime;
  return said && said[0]!.toUpperCase() + said.slice(1);
}

function accepted(command: Command): string {
  const told = command.result as { variables?: unknown[]; unknown?: unknown[]; certificates?: unknown[] } | null;
  if (told?.certificates) return w.certificates(told.certificates.length);
  if (command.command === "get_variables" && told?.variables) {
    const unknown = told.unknown?.length ? w.unknownKeys(told.unknown.length) : "";
    return [w.read(told.variables.length), unknown].filter(Boolean).join(", ");
  }
  if (command.answer === "Unlocked") return w.unlocked;
  return detail(command) || (command.answer && command.answer !== "Accepted" ? command.answer : "");
}

/** The station's own word, where it says more than ours. */
const own = (command: Command, text: string): string =>
  command.answer && command.answer !== "Rejected" ? `${text}: ${command.answer}` : (detail(command) || text);

/** How long the station took to answer. */
export function latency(command: Command): string {
  if (!command.sent_at || !command.answered_at) return "";
  const ms = Date.parse(command.answered_at) - Date.parse(command.sent_at);
  return ms < 1000 ? `${count(Math.max(0, ms))} ms` : duration(ms / 1000);
}
