/** What the server says about the addresses at which stations find it. */

import { askPath } from "../../api/client";
import { language } from "../../i18n";

export interface Address {
  url: string;
  scheme: "ws" | "wss";
  host: string;
  port: number;
  path: string;
  reachable: "lan" | "this machine only" | "public";
}

export interface Addresses {
  urls: Address[];
  public_url_set: boolean;
  subprotocols: string[];
  unknown_stations: "refuse" | "pending" | "accept";
  tls: boolean;
  warnings: string[];
}

export const readAddresses = (): Promise<Addresses> => askPath<Addresses>("/api/v1/onboarding");

/** The server warns in English; those that it is known to give, in German. */
const GERMAN: [RegExp, string][] = [
  [/only this machine/, "Keine Station erreicht diese Adresse, nur dieser Rechner. Setze VOLTARO_BIND auf 0.0.0.0, oder VOLTARO_PUBLIC_OCPP_URL auf die Adresse für Stationen."],
  [/runs in a container/, "Dieser Server läuft in einem Container, dessen eigene Adresse Stationen meist nicht erreichen. Setze VOLTARO_PUBLIC_OCPP_URL auf die Adresse des Rechners, auf dem er läuft."],
  [/without TLS/, "Stationen verbinden sich ohne TLS: Passwörter sind im Klartext unterwegs. Stelle einen Proxy mit TLS davor und setze VOLTARO_PUBLIC_OCPP_URL auf dessen wss://-Adresse."],
  [/UNKNOWN_STATIONS=accept/, "Jede Station, die sich verbindet, wird angenommen (VOLTARO_UNKNOWN_STATIONS=accept)."],
];

export const warning = (text: string): string =>
  language === "de" ? (GERMAN.find(([pattern]) => pattern.test(text))?.[1] ?? text) : text;

/** The whole address of one station. */
export const addressOf = (address: Address, stationId: string): string => address.url + encodeURIComponent(stationId);

export const qrOf = (text: string): string => `/api/v1/onboarding/qr?text=${encodeURIComponent(text)}`;
