/** What this person has sent: a notice at the edge of the screen when it is over. */

import { stream } from "../live/stream.svelte";
import { at } from "../router.svelte";
import { toasts } from "../ui/toasts.svelte";
import type { Command } from "./command";
import { heardCommands } from "./heard";
import { named, saidOf, STATE } from "./words";

const MOST_KEPT = 100;

class Outbox {
  #waiting = new Set<string>();
  /** Over before the server's answer to its sending was here. */
  #over = new Map<string, Command>();
  #listening = false;

  /** Tell when this one is over. */
  expect(command: Command): void {
    this.listen();
    const over = command.final ? command : this.#over.get(command.id);
    if (over) this.#tell(over);
    else this.#waiting.add(command.id);
  }

  listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    stream.listen((heard) => {
      for (const command of heardCommands(heard)) this.#heard(command);
    });
  }

  #heard(command: Command): void {
    if (!command.final) return;
    if (this.#waiting.delete(command.id)) this.#tell(command);
    else {
      this.#over.set(command.id, command);
      if (this.#over.size > MOST_KEPT) this.#over.delete(this.#over.keys().next().value!);
    }
  }

  #tell(command: Command): void {
    const { text, tone } = STATE[command.state];
    const told = [`${command.station_id} · ${named(command)}: ${text}`, saidOf(command)].filter(Boolean).join(". ");
    toasts.show(told, tone === "danger" ? "danger" : tone === "good" ? "good" : "plain", at("stations", command.station_id));
  }
}

export const outbox = new Outbox();
