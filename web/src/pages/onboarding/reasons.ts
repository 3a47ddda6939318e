/** Why a station was not let in, what that means, and what would let it in the next time. */

import { words } from "../../i18n";
import { newPassword, type StationBody } from "./register.svelte";
import { TLS_REASONS, type Told } from "./tlsReasons";

/** A change of the station's registration; `warn` says what it costs. */
export interface Remedy {
  text: string;
  warn?: string;
  body: () => StationBody;
}

const w = words({
  en: {
    reasons: {
      no_identity: {
        short: "no id in the address",
        meaning: "The address in the station ends before the id. Put the station's id at the end of the path.",
      },
      bad_encoding: {
        short: "unreadable id in the address",
        meaning: "The id in the address is not valid text. Correct the address in the station.",
      },
      unknown_station: {
        short: "unknown station",
        meaning: "Nobody registered this id yet.",
      },
      no_credentials: {
        short: "no password sent",
        meaning: "It is registered with a password and sent none. Enter the password in the station.",
      },
      wrong_username: {
        short: "wrong user name",
        meaning: "The user name must be the station's id. Is the last part of the address right?",
      },
      wrong_password: {
        short: "wrong password",
        meaning: "The station has another password. Make a new one and enter it in the station.",
      },
      tls_required: {
        short: "came without TLS",
        meaning: "It is registered for TLS and connected without. Use a wss:// address in the station.",
      },
      no_common_subprotocol: {
        short: "no common OCPP version",
        meaning: "It offered no version that is spoken here: OCPP 1.6, 2.0.1 or 2.1, as JSON over WebSocket.",
      },
      database_away: {
        short: "database was away",
        meaning: "The server could not look it up at that moment. The station tries again by itself.",
      },
      too_many_failures: {
        short: "too many failed attempts",
        meaning: "This address failed too often and has to wait a moment. Correct the station's settings meanwhile.",
      },
    } as Record<string, Told>,
    other: { short: "refused", meaning: "The server did not let it in." },
    unnamed: "A station without an id",
    accept: "Accept it",
    acceptWarn: "It is let in without a password. You can set one later.",
    newPassword: "Make a new password",
    noPassword: "Let it in without a password",
    noPasswordWarn: "Whoever knows the id can then pretend to be this station.",
    anyName: "Accept any user name",
    withoutTls: "Let it in without TLS",
    withoutTlsWarn: "Its password then travels unencrypted.",
    assume: "Assume OCPP 1.6",
    assumeWarn: "It named no version; most such stations speak 1.6.",
  },
  de: {
    reasons: {
      no_identity: {
        short: "keine Id in der Adresse",
        meaning: "Die Adresse in der Station endet vor der Id. Hänge die Id der Station an den Pfad an.",
      },
      bad_encoding: {
        short: "unlesbare Id in der Adresse",
        meaning: "Die Id in der Adresse ist kein gültiger Text. Berichtige die Adresse in der Station.",
      },
      unknown_station: {
        short: "unbekannte Station",
        meaning: "Diese Id ist noch nicht angelegt.",
      },
      no_credentials: {
        short: "kein Passwort gesendet",
        meaning: "Sie ist mit Passwort angelegt und hat keines gesendet. Trage es in der Station ein.",
      },
      wrong_username: {
        short: "falscher Benutzername",
        meaning: "Der Benutzername muss die Id der Station sein. Stimmt das Ende der Adresse?",
      },
      wrong_password: {
        short: "falsches Passwort",
        meaning: "Die Station hat ein anderes Passwort. Erzeuge ein neues und trage es in der Station ein.",
      },
      tls_required: {
        short: "kam ohne TLS",
        meaning: "Sie ist für TLS angelegt und kam ohne. Nimm in der Station eine wss://-Adresse.",
      },
      no_common_subprotocol: {
        short: "keine gemeinsame OCPP-Version",
        meaning: "Sie bot keine Version an, die hier gesprochen wird: OCPP 1.6, 2.0.1 oder 2.1, als JSON über WebSocket.",
      },
      database_away: {
        short: "Datenbank war nicht da",
        meaning: "Der Server konnte gerade nicht nachsehen. Die Station versucht es von selbst wieder.",
      },
      too_many_failures: {
        short: "zu viele Fehlversuche",
        meaning: "Diese Adresse scheiterte zu oft und muss kurz warten. Berichtige inzwischen die Einstellungen der Station.",
      },
    } as Record<string, Told>,
    other: { short: "abgewiesen", meaning: "Der Server ließ sie nicht herein." },
    unnamed: "Eine Station ohne Id",
    accept: "Annehmen",
    acceptWarn: "Sie darf ohne Passwort herein. Du kannst später eines setzen.",
    newPassword: "Neues Passwort erzeugen",
    noPassword: "Ohne Passwort hereinlassen",
    noPasswordWarn: "Wer die Id kennt, kann sich dann als diese Station ausgeben.",
    anyName: "Jeden Benutzernamen annehmen",
    withoutTls: "Ohne TLS hereinlassen",
    withoutTlsWarn: "Ihr Passwort ist dann unverschlüsselt unterwegs.",
    assume: "OCPP 1.6 annehmen",
    assumeWarn: "Sie nannte keine Version; meist sprechen solche Stationen 1.6.",
  },
});

export const told = (reason: string): Told => w.reasons[reason] ?? TLS_REASONS[reason] ?? w.other;

export const nameOf = (stationId: string): string => stationId || w.unnamed;

/** The changes that would let it in, the recommended one first; often there are none. */
export function remedies(attempt: { reason: string; subprotocols?: string }): Remedy[] {
  const silent = !attempt.subprotocols?.trim();
  switch (attempt.reason) {
    case "unknown_station":
      return [
        {
          text: w.accept,
          warn: w.acceptWarn,
          body: () => ({ security_profile: 0, ...(silent ? { fallback_protocol: "ocpp1.6" as const } : {}) }),
        },
      ];
    case "wrong_password":
      return [{ text: w.newPassword, body: () => ({ password: newPassword() }) }];
    case "no_credentials":
      return [
        { text: w.newPassword, body: () => ({ password: newPassword() }) },
        { text: w.noPassword, warn: w.noPasswordWarn, body: () => ({ security_profile: 0 }) },
      ];
    case "wrong_username":
      return [{ text: w.anyName, body: () => ({ check_username: false }) }];
    case "tls_required":
      return [{ text: w.withoutTls, warn: w.withoutTlsWarn, body: () => ({ security_profile: 1 }) }];
    case "no_common_subprotocol":
      return silent ? [{ text: w.assume, warn: w.assumeWarn, body: () => ({ fallback_protocol: "ocpp1.6" }) }] : [];
    default:
      return [];
  }
}
