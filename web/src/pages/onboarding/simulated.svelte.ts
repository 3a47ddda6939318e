/** Stations that the server simulates, for a first look without hardware. */

import { askPath, idempotencyKey, Problem } from "../../api/client";
import { stream } from "../../live/stream.svelte";

export interface Simulated {
  station_id: string;
  protocol: "ocpp1.6" | "ocpp2.0.1";
  state: "connecting" | "available" | "charging";
}

interface Order {
  count?: number;
  protocol?: Simulated["protocol"] | null;
}

const PATH = "/api/v1/simulated-stations";
const SOON_MS = 1500;

class SimulatedStations {
  items = $state.raw<Simulated[]>([]);
  loaded = $state(false);
  busy = $state(false);
  problem = $state.raw<Problem | undefined>(undefined);

  /** Keep the list true until the returned function is called: it changes as their status does. */
  follow(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = stream.listen((heard) => {
      if (heard.type !== "reset" && (!this.items.length || !this.#concerns(heard.data))) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        void this.load();
      }, SOON_MS);
    });
    void this.load();
    return () => {
      clearTimeout(timer);
      stop();
    };
  }

  load(): Promise<void> {
    return this.#try(async () => {
      this.items = (await askPath<{ items: Simulated[] }>(PATH)).items;
      this.loaded = true;
    });
  }

  /** The ids of those that were started; none if that failed. */
  async start(order: Order): Promise<string[]> {
    let started: string[] = [];
    this.busy = true;
    await this.#try(async () => {
      const answer = await askPath<{ items: Simulated[] }>(PATH, {
        method: "POST",
        headers: { "Idempotency-Key": idempotencyKey() },
        body: JSON.stringify(order),
      });
      started = answer.items.map((each) => each.station_id);
    });
    this.busy = false;
    if (started.length) await this.load();
    return started;
  }

  async stop(stationId: string): Promise<void> {
    this.busy = true;
    await this.#try(async () => {
      await askPath(`${PATH}/${encodeURIComponent(stationId)}`, { method: "DELETE" });
    });
    this.busy = false;
    if (!this.problem) await this.load();
  }

  #concerns(data: string): boolean {
    return this.items.some((each) => data.includes(JSON.stringify(each.station_id)));
  }

  async #try(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.problem = undefined;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }
}

export const simulated = new SimulatedStations();
