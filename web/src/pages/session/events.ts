/** What happened in a session, in plain words. */

import { words } from "../../i18n";
import { reason, told } from "../sessions/said";
import type { CurveEvent } from "./curve";

const w = words({
  en: {
    started: "Started",
    authorised: "Token authorised",
    charging_state: "State",
    profile_set: "Charging profile set",
    profile_cleared: "Charging profile cleared",
    ended: "Ended",
  },
  de: {
    started: "Begonnen",
    authorised: "Karte freigegeben",
    charging_state: "Zustand",
    profile_set: "Ladeprofil gesetzt",
    profile_cleared: "Ladeprofil gelöscht",
    ended: "Beendet",
  },
});

const STATES: Record<string, string> = words<Record<string, string>>({
  en: { ev_connected: "Car connected", charging: "Charging", suspended_ev: "Paused by car", suspended_evse: "Paused by station", idle: "Idle", preparing: "Preparing", finishing: "Finishing" },
  de: { ev_connected: "Auto verbunden", charging: "Lädt", suspended_ev: "Pause vom Auto", suspended_evse: "Pause der Station", idle: "Ruht", preparing: "Vorbereitung", finishing: "Beendet" },
});

const fact = (event: CurveEvent, name: string): string => {
  const value = event.facts?.[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
};

export function eventText(event: CurveEvent): string {
  const known = w[event.kind as keyof typeof w];
  const more = detail(event);
  return [known ?? event.kind, more].filter(Boolean).join(": ");
}

function detail(event: CurveEvent): string {
  switch (event.kind) {
    case "ended": {
      const word = fact(event, "reason") || event.text || "";
      return word && reason(word).text;
    }
    case "authorised": {
      const status = fact(event, "status") || event.text || "";
      return status && told(status);
    }
    case "charging_state": {
      const state = fact(event, "state") || fact(event, "charging_state") || event.text || "";
      return STATES[state] ?? state;
    }
    default:
      return event.text ?? "";
  }
}
