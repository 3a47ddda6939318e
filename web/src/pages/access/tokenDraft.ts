/** A token as it is typed into a form, and what was changed in it. */

import { local } from "../../format";
import { decimals, type Token } from "./standing";

export interface Draft {
  type: string;
  status: Token["status"];
  expires: string;
  group: string;
  masterPass: boolean;
  /** In whole units of the currency; "": not prepaid. */
  credit: string;
  currency: string;
}

export function draftOf(token?: Token): Draft {
  return {
    type: token?.type ?? "",
    status: token?.status ?? "accepted",
    expires: token?.expires_at ? local(token.expires_at) : "",
    group: token?.group ?? "",
    masterPass: token?.master_pass ?? false,
    credit: token?.credit_minor == null ? "" : major(token.credit_minor, token.currency ?? ""),
    currency: token?.currency ?? "",
  };
}

const major = (minor: number, currency: string): string =>
  (minor / 10 ** decimals(currency)).toFixed(decimals(currency));

/** The fields that differ from what was there. */
export function changes(draft: Draft, before?: Token): Record<string, unknown> {
  const was = draftOf(before);
  const body: Record<string, unknown> = {};
  const currency = draft.currency.trim().toUpperCase();
  if (draft.type !== was.type) body.type = draft.type.trim() || null;
  if (draft.status !== was.status) body.status = draft.status;
  if (draft.expires !== was.expires) body.expires_at = draft.expires ? new Date(draft.expires).toISOString() : null;
  if (draft.group !== was.group) body.group = draft.group.trim() || null;
  if (draft.masterPass !== was.masterPass) body.master_pass = draft.masterPass;
  if (draft.credit !== was.credit || draft.currency !== was.currency) {
    body.credit_minor = draft.credit === "" ? null : Math.round(Number(draft.credit) * 10 ** decimals(currency));
    body.currency = currency || null;
  }
  return body;
}
