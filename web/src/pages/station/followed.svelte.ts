/** Something of a station that is read again when a command of a certain kind has moved. */

import { untrack } from "svelte";
import { askPath } from "../../api/client";
import { Resource } from "../../resource.svelte";
import type { StationPage } from "./page.svelte";

/** Call it while a component is set up. */
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
  return resource;
}
