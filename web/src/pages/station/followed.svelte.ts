/** What the stream does not tell: read again when a command has moved, and every half minute. */

import { untrack } from "svelte";
import { askPath } from "../../api/client";
import { again } from "../../regularly";
import { Resource } from "../../resource.svelte";
import type { StationPage } from "./page.svelte";

/** Read now, and when a command of such a kind has moved. Call it while a component is set up. */
export function followed<T>(page: StationPage, path: string, commands: readonly string[]): Resource<T> {
  const resource = new Resource(() => askPath<T>(path));
  const moved = $derived(
    page.commands.items
      .filter((each) => commands.includes(each.command) || each.command === "raw")
      .map((each) => `${each.id}${each.state}${each.detail ?? ""}`)
      .join(),
  );
  $effect(() => {
    void moved;
    untrack(() => void resource.load());
  });
  $effect(() => again(() => void resource.load()));
  return resource;
}
