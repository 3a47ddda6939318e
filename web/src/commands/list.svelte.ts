/** The latest commands of one station, whoever sent them, as they change. */

import { askPath, Problem } from "../api/client";
import { stream } from "../live/stream.svelte";
import { isWaiting, type Command } from "./command";
import { heardCommands } from "./heard";
import { outbox } from "./outbox";

const SHOWN = 20;

const newestFirst = (a: Command, b: Command): number => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

export class CommandList {
  items = $state.raw<readonly Command[]>([]);
  loaded = $state(false);
  problem = $state.raw<Problem | undefined>(undefined);
  /** Counts what a station has answered or proven: what it told may be new. */
  settled = $state(0);
  #known = new Map<string, Command>();
  #heardMeanwhile: Set<string> | null = null;
  #turn = 0;

  constructor(readonly stationId: string) {}

  /** Follow the station's commands; returns how to end that. */
  follow(): () => void {
    outbox.listen();
    const leave = stream.listen((heard) => {
      if (heard.type === "reset") return void this.load();
      const ours = heardCommands(heard).filter((each) => each.station_id === this.stationId);
      if (!ours.length) return;
      for (const command of ours) {
        this.#known.set(command.id, command);
        this.#heardMeanwhile?.add(command.id);
        if (!isWaiting(command)) this.settled++;
      }
      this.#show();
    });
    void this.load();
    return () => {
      this.#turn++;
      leave();
    };
  }

  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.#heardMeanwhile = new Set();
    try {
      const path = `/api/v1/commands?station_id=${encodeURIComponent(this.stationId)}&limit=${SHOWN}`;
      const { items } = await askPath<{ items: Command[] }>(path);
      if (turn !== this.#turn) return;
      for (const command of items)
        if (!this.#heardMeanwhile.has(command.id)) this.#known.set(command.id, command);
      this.loaded = true;
      this.problem = undefined;
      this.settled++;
      this.#show();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (turn === this.#turn) this.problem = error;
    }
  }

  /** Sent just now; the stream may tell more of it already. */
  add(command: Command): void {
    if (!this.#known.has(command.id)) this.#known.set(command.id, command);
    this.#show();
  }

  /** Such a command is under way, at this EVSE where one is given. */
  underWay(name: string, evseId?: number): boolean {
    return this.items.some(
      (each) =>
        each.command === name &&
        !each.final &&
        (evseId === undefined || each.arguments.evse_id === undefined || each.arguments.evse_id === evseId),
    );
  }

  #show(): void {
    const all = [...this.#known.values()].sort(newestFirst);
    for (const old of all.splice(SHOWN)) this.#known.delete(old.id);
    this.items = all;
  }
}
