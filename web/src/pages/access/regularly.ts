import { untrack } from "svelte";

/** For an effect: act now, and every half minute while the page can be seen. */

const AGAIN_MS = 30_000;

export function regularly(act: () => void): () => void {
  untrack(act);
  const timer = setInterval(() => {
    if (!document.hidden) act();
  }, AGAIN_MS);
  const seen = () => {
    if (!document.hidden) act();
  };
  document.addEventListener("visibilitychange", seen);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}
