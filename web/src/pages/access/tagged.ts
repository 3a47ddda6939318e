/** What was read together with its revision, so that nobody's change is overwritten unseen. */

import { ask } from "../../api/client";

export interface Tagged<T> {
  data: T;
  etag: string | null;
}

export async function tagged<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<Tagged<T>> {
  let etag: string | null = null;
  const data = await ask<T>(
    answer.then((got) => {
      etag = got.response.headers.get("ETag");
      return got;
    }),
  );
  return { data, etag };
}

/** The header that makes a change conditional. */
export const ifMatch = (etag: string | null): { "if-match"?: string } =>
  etag ? { "if-match": etag } : {};
