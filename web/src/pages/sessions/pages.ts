/** Lists of the API page by page. */

import { askPath } from "../../api/client";

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export type Question = Record<string, string | number | boolean | null | undefined>;

/** The address of a list; what is empty is left out. */
export function address(path: string, question: Question): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(question))
    if (value != null && value !== "") query.set(name, String(value));
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** One page after the other until there is none left. */
export async function* pages<T>(path: string, question: Question, signal?: AbortSignal): AsyncGenerator<T[]> {
  let cursor: string | null = null;
  do {
    const page: Page<T> = await askPath<Page<T>>(address(path, { ...question, limit: 500, cursor }), { signal });
    yield page.items;
    cursor = page.next_cursor;
  } while (cursor);
}
