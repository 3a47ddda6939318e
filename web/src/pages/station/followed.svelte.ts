/** What the stream does not tell: read again when a command has moved, and every half minute. */

import { untrack } from "svelte";
import { askPath } from "../../api/client";
import { Resource } from "../../resource.svelte";
import type { StationPage } from "./page.svelte";

const AGAIN_MS = 30_000;

/** While somebody looks. Call it while a component is set up. */
export function regularly(...all: { load(): Promise<void> }[]): void {
  $effect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) for (const each of all) void each.load();
    }, AGAIN_MS);
    return () => clearInterval(timer);
  });
}

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
  regularly(resource);
  return resource;
}
