/** Stop reasons, flags and what was said of a token, in plain words. */

import { words } from "../../i18n";

interface Said {
  text: string;
  /** A sentence for those who want to know more. */
  more?: string;
}

const REASONS: Record<string, Said> = words<Record<string, Said>>({
  en: {
    Local: { text: "Stopped at the station", more: "The driver stopped it at the station, usually with the token." },
    Remote: { text: "Stopped remotely", more: "The server asked the station to stop it." },
    EVDisconnected: { text: "Cable unplugged", more: "The cable was unplugged from the car." },
    DeAuthorized: { text: "Token not accepted", more: "The token was refused after charging had begun." },
    EmergencyStop: { text: "Emergency stop", more: "The emergency stop of the station was pressed." },
    EnergyLimitReached: { text: "Energy limit reached" },
    GroundFault: { text: "Ground fault", more: "The residual current protection has tripped." },
    ImmediateReset: { text: "Station was reset", more: "The station was told to restart." },
    MasterPass: { text: "Stopped with a master token" },
    LocalOutOfCredit: { text: "Out of credit" },
    Other: { text: "Another reason", more: "The station gave no closer reason." },
    OvercurrentFault: { text: "Overcurrent", more: "The car drew more current than allowed." },
    PowerLoss: { text: "Power cut", more: "The station lost its power." },
    PowerQuality: { text: "Poor power quality", more: "Voltage or frequency was out of bounds." },
    Reboot: { text: "Station restarted", more: "The station restarted by itself." },
    SOCLimitReached: { text: "Battery limit reached", more: "The wanted state of charge was reached." },
    StoppedByEV: { text: "Stopped by the car" },
    TimeLimitReached: { text: "Time limit reached" },
    Timeout: { text: "Car was not connected in time" },
    ReqEnergyTransferRejected: { text: "Car's wish was refused", more: "The station could not give the kind of energy that the car asked for." },
    CostLimitReached: { text: "Cost limit reached" },
    HardReset: { text: "Station was reset" },
    SoftReset: { text: "Station was reset" },
    UnlockCommand: { text: "Cable was unlocked" },
  },
  de: {
    Local: { text: "An der Station beendet", more: "Der Fahrer hat an der Station beendet, meist mit der Karte." },
    Remote: { text: "Aus der Ferne beendet", more: "Der Server hat die Station gebeten, zu beenden." },
    EVDisconnected: { text: "Kabel abgezogen", more: "Das Kabel wurde am Auto abgezogen." },
    DeAuthorized: { text: "Karte abgelehnt", more: "Die Karte wurde nach Beginn des Ladens abgelehnt." },
    EmergencyStop: { text: "Not-Halt", more: "Der Not-Halt der Station wurde gedrückt." },
    EnergyLimitReached: { text: "Energiegrenze erreicht" },
    GroundFault: { text: "Fehlerstrom", more: "Der Fehlerstromschutz hat ausgelöst." },
    ImmediateReset: { text: "Station wurde neu gestartet", more: "Die Station sollte neu starten." },
    MasterPass: { text: "Mit einer Hauptkarte beendet" },
    LocalOutOfCredit: { text: "Guthaben verbraucht" },
    Other: { text: "Anderer Grund", more: "Die Station nennt keinen genaueren Grund." },
    OvercurrentFault: { text: "Überstrom", more: "Das Auto zog mehr Strom als erlaubt." },
    PowerLoss: { text: "Stromausfall", more: "Die Station war ohne Strom." },
    PowerQuality: { text: "Schlechte Netzqualität", more: "Spannung oder Frequenz lagen außerhalb der Grenzen." },
    Reboot: { text: "Station startete neu", more: "Die Station ist von selbst neu gestartet." },
    SOCLimitReached: { text: "Ladestand erreicht", more: "Der gewünschte Ladestand ist erreicht." },
    StoppedByEV: { text: "Vom Auto beendet" },
    TimeLimitReached: { text: "Zeitgrenze erreicht" },
    Timeout: { text: "Auto nicht rechtzeitig verbunden" },
    ReqEnergyTransferRejected: { text: "Wunsch des Autos abgelehnt", more: "Die Station konnte die gewünschte Art der Energie nicht liefern." },
    CostLimitReached: { text: "Kostengrenze erreicht" },
    HardReset: { text: "Station wurde neu gestartet" },
    SoftReset: { text: "Station wurde neu gestartet" },
    UnlockCommand: { text: "Kabel wurde entriegelt" },
  },
});

const FLAGS: Record<string, Said> = words<Record<string, Said>>({
  en: {
    start_missing: { text: "start missing", more: "The station never said that it began, or that message was lost. It is known from later messages." },
    assumed_end: { text: "end assumed", more: "The station never ended it. It counts as ended because the next one began at the same connector." },
    closed_by_operator: { text: "closed by hand", more: "The station never ended it. An operator closed it." },
    matched_end: { text: "end matched", more: "The station ended it without its id. It was found by its token, or because only one was open." },
    register_backwards: { text: "meter ran backwards", more: "The last meter reading is lower than the first. The energy is as last measured." },
    ended_twice: { text: "ended twice", more: "The station ended it twice with different readings. The first end counts." },
    events_missing: { text: "events missing", more: "By its own count, the station sent events of this session that never came." },
    clock_untrusted: { text: "clock not trusted", more: "The station's clock was not usable. The times are those of the server." },
  },
  de: {
    start_missing: { text: "Beginn fehlt", more: "Die Station hat den Beginn nie gemeldet, oder die Nachricht ging verloren. Er folgt aus späteren." },
    assumed_end: { text: "Ende angenommen", more: "Die Station hat nie beendet. Es gilt als beendet, weil am selben Anschluss der nächste begann." },
    closed_by_operator: { text: "von Hand beendet", more: "Die Station hat nie beendet. Ein Betreiber hat es getan." },
    matched_end: { text: "Ende zugeordnet", more: "Die Station hat ohne Nummer beendet. Es wurde über die Karte gefunden, oder weil nur eines offen war." },
    register_backwards: { text: "Zähler lief rückwärts", more: "Der letzte Zählerstand ist kleiner als der erste. Die Energie ist die zuletzt gemessene." },
    ended_twice: { text: "zweimal beendet", more: "Die Station hat zweimal mit verschiedenen Ständen beendet. Das erste Ende zählt." },
    events_missing: { text: "Meldungen fehlen", more: "Nach ihrer eigenen Zählung hat die Station Meldungen dieses Ladevorgangs gesendet, die nie ankamen." },
    clock_untrusted: { text: "Uhr unzuverlässig", more: "Die Uhr der Station war nicht brauchbar. Die Zeiten sind die des Servers." },
  },
});

const TOLD: Record<string, string> = words<Record<string, string>>({
  en: { accepted: "accepted", blocked: "blocked", concurrent_tx: "already charging elsewhere", expired: "expired", invalid: "unknown", no_credit: "without credit", unknown: "unknown" },
  de: { accepted: "angenommen", blocked: "gesperrt", concurrent_tx: "lädt schon anderswo", expired: "abgelaufen", invalid: "unbekannt", no_credit: "ohne Guthaben", unknown: "unbekannt" },
});

/** Words that nobody knows are shown as they came. */
export const reason = (word: string): Said => REASONS[word] ?? { text: word };
export const flag = (word: string): Said => FLAGS[word] ?? { text: word };
/** Why it ended; null while it has not. An end that no station reported is no reason of a station. */
export function endOf(session: { stop_reason: string | null; flags: readonly string[] }): Said | null {
  const provisional = session.flags.find((each) => each === "closed_by_operator" || each === "assumed_end");
  if (provisional) return flag(provisional);
  return session.stop_reason ? reason(session.stop_reason) : null;
}
export const told = (status: string): string => TOLD[status] ?? status;
