/** What a fault means, in plain words; the station's own code is shown beside it. */

import { words } from "../../i18n";
import type { Connector } from "../../live/fleet.svelte";

const MEANING = words<Record<string, string>>({
  en: {
    connectorlockfailure: "The lock of the plug does not work.",
    evcommunicationerror: "The station and the car do not understand each other. Unplug and plug in again.",
    groundfailure: "A ground fault was detected. Somebody has to look at the wiring.",
    hightemperature: "It is too hot inside.",
    internalerror: "An internal error; a restart may help.",
    locallistconflict: "The local list contradicts what the server said.",
    othererror: "An error that the maker describes.",
    overcurrentfailure: "Too much current: the overcurrent protection tripped.",
    overvoltage: "The voltage is too high.",
    powermeterfailure: "The meter cannot be read: energy is not counted.",
    powerswitchfailure: "The power switch does not work.",
    readerfailure: "The card reader does not work.",
    resetfailure: "The station could not restart by itself.",
    undervoltage: "The voltage is too low.",
    weaksignal: "The wireless signal is weak.",
  },
  de: {
    connectorlockfailure: "Die Verriegelung des Steckers funktioniert nicht.",
    evcommunicationerror: "Station und Auto verstehen sich nicht. Neu einstecken hilft oft.",
    groundfailure: "Erdschluss erkannt. Jemand muss die Leitung prüfen.",
    hightemperature: "Innen ist es zu heiß.",
    internalerror: "Ein innerer Fehler; ein Neustart kann helfen.",
    locallistconflict: "Die lokale Liste widerspricht dem Server.",
    othererror: "Ein Fehler, den der Hersteller beschreibt.",
    overcurrentfailure: "Zu viel Strom: der Überstromschutz hat ausgelöst.",
    overvoltage: "Die Spannung ist zu hoch.",
    powermeterfailure: "Der Zähler ist nicht lesbar: Energie wird nicht gezählt.",
    powerswitchfailure: "Der Leistungsschalter funktioniert nicht.",
    readerfailure: "Der Kartenleser funktioniert nicht.",
    resetfailure: "Die Station konnte nicht selbst neu starten.",
    undervoltage: "Die Spannung ist zu niedrig.",
    weaksignal: "Das Funksignal ist schwach.",
  },
});

const unnamed = words({ en: "The station reports a fault and gives no reason.", de: "Die Station meldet eine Störung ohne Grund." });

export type Fault = Pick<Connector, "error_code"> & Partial<Pick<Connector, "info" | "vendor_id" | "vendor_error_code">>;

/** In a sentence, or null where nothing is wrong. */
export function faultText(place: Fault & { status: string | null }): string | null {
  const code = place.error_code;
  const isNone = !code || code.toLowerCase() === "noerror";
  if (isNone) return place.status === "faulted" ? (place.info ?? unnamed) : null;
  return MEANING[code.toLowerCase()] ?? code;
}

/** The station's and the maker's own words. */
export const faultCodes = (place: Fault): string =>
  [place.error_code, place.vendor_error_code, place.info, place.vendor_id]
    .filter((each) => each && each.toLowerCase() !== "noerror")
    .join(" · ");
