/** The last command that was sent to each station from here, as it goes on. */

import { SvelteMap } from "svelte/reactivity";
import { ask, client, idempotencyKey, type Schemas } from "../../api/client";
import { words } from "../../i18n";
import { stream } from "../../live/stream.svelte";

export type Command = Schemas["Command"];
type Body = { command: string } & Record<string, unknown>;

const STATES: Record<Command["state"], string> = words({
  en: {
    queued: "Queued",
    sent: "Sent, waiting for an answer",
    accepted: "Accepted",
    scheduled: "Scheduled",
    reboot_required: "Needs a reboot",
    rejected: "Rejected",
    call_error: "Not supported or refused",
    invalid_answer: "Invalid answer",
    timed_out: "No answer in time",
    offline: "Offline: not sent",
    cancelled: "Withdrawn",
    unknown: "Sent, outcome unknown",
    done: "Done",
    failed: "Failed",
  },
  de: {
    queued: "Wartet",
    sent: "Gesendet, wartet auf Antwort",
    accepted: "Angenommen",
    scheduled: "Vorgemerkt",
    reboot_required: "Braucht Neustart",
    rejected: "Abgelehnt",
    call_error: "Nicht unterstützt oder verweigert",
    invalid_answer: "Ungültige Antwort",
    timed_out: "Keine Antwort",
    offline: "Offline: nicht gesendet",
    cancelled: "Zurückgezogen",
    unknown: "Gesendet, Ausgang unbekannt",
    done: "Erledigt",
    failed: "Gescheitert",
  },
});

/** As a modifier of `.tag`. */
export function tone(command: Command): string {
  if (command.state === "done" || command.state === "accepted") return "good";
  if (!command.final) return "accent";
  return ["offline", "cancelled", "scheduled"].includes(command.state) ? "" : "warn";
}

/** In words, with the station's own where it did not do it. */
export const told = (command: Command): string =>
  command.state === "rejected" && command.answer ? `${STATES.rejected}: ${command.answer}` : STATES[command.state];

export class Sent {
  #last = new SvelteMap<string, Command>();

  /** `settled` hears of every command of these kinds that came to its end, whoever sent it. */
  constructor(
    private readonly kinds: readonly string[],
    private readonly settled: (command: Command) => void,
  ) {}

  /** For an effect: follow what happens. */
  follow(): () => void {
    return stream.listen((heard) => {
      if (heard.type === "reset") for (const each of this.#last.values()) void this.#look(each);
      if (heard.type !== "commands") return;
      for (const each of (JSON.parse(heard.data) as { data: Command[] }).data) this.#heard(each);
    });
  }

  get(key: string): Command | undefined {
    return this.#last.get(key);
  }

  /** `key`: whose row shows what comes of it. Throws `Problem`. */
  async send(key: string, station_id: string, body: Body): Promise<void> {
    const command = await ask(
      client.POST("/api/v1/stations/{station_id}/commands", {
        params: { path: { station_id }, header: { "idempotency-key": idempotencyKey() } },
        body: body as never,
      }),
    );
    this.#last.set(key, command);
    // It may have gone on before we knew its id.
    await this.#look(command);
  }

  async #look(command: Command): Promise<void> {
    if (command.final) return;
    this.#heard(await ask(client.GET("/api/v1/commands/{command_id}", { params: { path: { command_id: command.id } } })));
  }

  #heard(command: Command): void {
    for (const [key, known] of this.#last) {
      if (known.id === command.id && !known.final) this.#last.set(key, command);
    }
    if (command.final && this.kinds.includes(command.command)) this.settled(command);
  }
}
