/** What each role may do, in a sentence. */

import { words } from "../../i18n";
import type { Role } from "../../me.svelte";

export const ROLES: Record<Role, { text: string; about: string }> = words({
  en: {
    viewer: { text: "Viewer", about: "Sees everything that happens, and changes nothing." },
    operator: { text: "Operator", about: "Also sends commands, and changes stations, tokens, profiles and files." },
    administrator: { text: "Administrator", about: "Also manages users and API keys, and reads settings and the audit log." },
  },
  de: {
    viewer: { text: "Betrachter", about: "Sieht alles, was geschieht, und ändert nichts." },
    operator: { text: "Betreiber", about: "Sendet auch Befehle und ändert Stationen, Karten, Profile und Dateien." },
    administrator: { text: "Administrator", about: "Verwaltet auch Benutzer und API-Schlüssel und liest Einstellungen und Protokoll." },
  },
});
export const ALL_ROLES = Object.keys(ROLES) as Role[];
