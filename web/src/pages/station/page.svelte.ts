/** What all parts of the page of one station share. */

import { ask, client, type Schemas } from "../../api/client";
import { descriptor } from "../../commands/all";
import { send, type Body, type Command } from "../../commands/command";
import type { Descriptor, Values } from "../../commands/descriptor";
import { CommandList } from "../../commands/list.svelte";
import { fleet, type Station } from "../../live/fleet.svelte";
import { Problem } from "../../api/client";
import { Resource } from "../../resource.svelte";
import { toasts } from "../../ui/toasts.svelte";

export type Details = Schemas["Station"];

export interface Asking {
  descriptor?: Descriptor;
  preset?: Values;
  action?: string;
}

export class StationPage {
  readonly commands: CommandList;
  readonly details: Resource<Details>;
  /** The dialog that is open. */
  asking = $state.raw<Asking>();
  station = $derived.by((): Station | undefined => {
    void fleet.version;
    return fleet.stations.get(this.id);
  });

  constructor(readonly id: string) {
    this.commands = new CommandList(id);
    this.details = new Resource(() =>
      ask(client.GET("/api/v1/stations/{station_id}", { params: { path: { station_id: id } } })),
    );
  }

  /** By a dialog; at once where there is nothing to choose and nobody is harmed. */
  ask(wanted: Descriptor | string, preset: Values = {}): void {
    const chosen = typeof wanted === "string" ? descriptor(wanted) : wanted;
    const station = this.station;
    if (!station) return;
    const open = chosen.fields.filter((each) => !(each.name in preset));
    if (open.length || chosen.danger || chosen.effect?.(preset, station)) this.asking = { descriptor: chosen, preset };
    else void this.send(chosen.body({ ...chosen.initial?.(station), ...preset }, station));
  }

  /** What comes of it is in the strip; why it could not be sent is said at once. */
  async send(body: Body): Promise<Command | undefined> {
    try {
      const command = await send(this.id, body);
      this.commands.add(command);
      return command;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      toasts.show(error.message, "danger");
      return undefined;
    }
  }
}
