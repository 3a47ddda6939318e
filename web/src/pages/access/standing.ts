/** What a token is worth now, in one word. */

import type { Schemas } from "../../api/client";
import { words } from "../../i18n";

export type Token = Schemas["Token"];

/** As stations are told, in the words of OCPP 2.x. */
export type Standing = "accepted" | "blocked" | "expired" | "invalid" | "no_credit" | "concurrent_tx" | "unknown";

export const STANDINGS: Record<Standing, string> = words({
  en: {
    accepted: "Accepted",
    blocked: "Blocked",
    expired: "Expired",
    invalid: "Invalid",
    no_credit: "No credit",
    concurrent_tx: "Already charging",
    unknown: "Unknown",
  },
  de: {
    accepted: "Angenommen",
    blocked: "Gesperrt",
    expired: "Abgelaufen",
    invalid: "Ungültig",
    no_credit: "Kein Guthaben",
    concurrent_tx: "Lädt schon",
    unknown: "Unbekannt",
  },
});

/** As the server judges it when it is presented. */
export function standing(token: Token, now: number): Standing {
  if (token.status !== "accepted") return token.status;
  if (token.expires_at && Date.parse(token.expires_at) <= now) return "expired";
  if (token.credit_minor != null && token.credit_minor <= 0) return "no_credit";
  return "accepted";
}

/** How many decimals amounts of a currency have. */
export function decimals(currency: string): number {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}
