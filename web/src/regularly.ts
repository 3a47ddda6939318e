/** For what the stream does not tell: read again every half minute while the page can be seen. */

import { untrack } from "svelte";

const AGAIN_MS = 30_000;

/** For an effect: act every half minute, and when the page is looked at again; returns the end of it. */
export function again(act: () => void): () => void {
  const seen = () => {
    if (!document.hidden) act();
  };
  const timer = setInterval(seen, AGAIN_MS);
  document.addEventListener("visibilitychange", seen);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}

/** The same, and now. */
export function regularly(act: () => void): () => void {
  untrack(act);
  return again(act);
}
