/** Where well-known stations want these values. Menus differ by model and firmware. */

import { words } from "../../i18n";

export const VENDORS: { name: string; text: string }[] = words({
  en: [
    { name: "ABB Terra AC", text: "The app for installers asks for the address. The station's serial number is its id and is appended by the station: register that number as the id, and enter the address without it." },
    { name: "Alfen", text: "In the service installer, choose a custom back office: host and port are one field, the path another, the id a third. TLS is a switch." },
    { name: "Autel MaxiCharger", text: "The app for installers asks for the address. Usually the serial number is the id and is appended: register it, and enter the address without it." },
    { name: "KEBA P30", text: "The web page has host, port, path and id as four fields." },
    { name: "Kempower", text: "The address and the id are set with the service tools, for each satellite or for the cabinet. Enter the address without the id." },
    { name: "Wallbox", text: "In the portal, under OCPP: address without the id, the id, and the password as three fields. The station restarts afterwards." },
    { name: "Zaptec", text: "In the portal, per installation: the address without the id. Each station uses its serial number as the id: register those numbers." },
  ],
  de: [
    { name: "ABB Terra AC", text: "Die App für Installateure fragt nach der Adresse. Die Seriennummer ist die Id, die Station hängt sie selbst an: Lege diese Nummer als Id an und trage die Adresse ohne sie ein." },
    { name: "Alfen", text: "Wähle im Service Installer ein eigenes Backoffice: Host und Port sind ein Feld, der Pfad ein anderes, die Id ein drittes. TLS ist ein Schalter." },
    { name: "Autel MaxiCharger", text: "Die App für Installateure fragt nach der Adresse. Meist ist die Seriennummer die Id und wird angehängt: Lege sie an und trage die Adresse ohne sie ein." },
    { name: "KEBA P30", text: "Die Webseite hat Host, Port, Pfad und Id als vier Felder." },
    { name: "Kempower", text: "Adresse und Id werden mit den Servicewerkzeugen gesetzt, je Satellit oder je Schrank. Trage die Adresse ohne die Id ein." },
    { name: "Wallbox", text: "Im Portal unter OCPP: Adresse ohne Id, die Id und das Passwort als drei Felder. Danach startet die Station neu." },
    { name: "Zaptec", text: "Im Portal, je Installation: die Adresse ohne Id. Jede Station nimmt ihre Seriennummer als Id: Lege diese Nummern an." },
  ],
});
