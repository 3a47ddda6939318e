import { askPath } from "../../api/client";
import type { Role } from "../../me.svelte";
import type { Page } from "../access/pages.svelte";

/** Somebody who signs in with a password. */
export interface User {
  name: string;
  role: Role;
  disabled: boolean;
  /** False: the one-time link was not used yet. */
  has_password: boolean;
  created_at: string;
  last_sign_in_at: string | null;
}

export async function allUsers(): Promise<User[]> {
  const all: User[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: Page<User> = await askPath(`/api/v1/users?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    all.push(...page.items);
    cursor = page.next_cursor;
  }
  return all;
}

/** The address that is shown once, as a whole link. */
export const whole = (url: string): string => new URL(url, location.origin).href;
