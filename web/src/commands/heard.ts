/** Commands as the stream tells them. */

import type { Heard } from "../live/stream.svelte";
import type { Command } from "./command";

export const heardCommands = (heard: Heard): Command[] =>
  heard.type === "commands" ? (JSON.parse(heard.data) as { data: Command[] }).data : [];
