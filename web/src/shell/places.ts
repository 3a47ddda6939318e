/** The pages: where they are, what they are called, which key leads there. */

import { words } from "../i18n";
import type { IconName } from "../ui/icons";

export interface Place {
  key: string;
  text: string;
  icon: IconName;
  /** After "g". */
  letter: string;
  /** In the bar at the bottom of a phone. */
  handy?: boolean;
  group: 1 | 2 | 3;
}

const w = words({
  en: {
    overview: "Overview",
    stations: "Stations",
    sessions: "Sessions",
    attention: "Attention",
    access: "Access",
    messages: "Messages",
    onboarding: "Add station",
    settings: "Settings",
  },
  de: {
    overview: "Übersicht",
    stations: "Stationen",
    sessions: "Ladevorgänge",
    attention: "Zu tun",
    access: "Zugang",
    messages: "Nachrichten",
    onboarding: "Station anlegen",
    settings: "Einstellungen",
  },
});

export const PLACES: readonly Place[] = [
  { key: "", text: w.overview, icon: "overview", letter: "o", handy: true, group: 1 },
  { key: "stations", text: w.stations, icon: "stations", letter: "s", handy: true, group: 1 },
  { key: "sessions", text: w.sessions, icon: "sessions", letter: "e", handy: true, group: 1 },
  { key: "attention", text: w.attention, icon: "attention", letter: "a", handy: true, group: 1 },
  { key: "access", text: w.access, icon: "access", letter: "t", group: 2 },
  { key: "messages", text: w.messages, icon: "messages", letter: "m", group: 2 },
  { key: "onboarding", text: w.onboarding, icon: "onboarding", letter: "n", group: 3 },
  { key: "settings", text: w.settings, icon: "settings", letter: "c", group: 3 },
];
