/** What can go wrong between a station and the port with TLS. */

import { words } from "../../i18n";

export interface Told {
  /** After "CP-01 tried from 192.168.1.7:". */
  short: string;
  meaning: string;
}

export const TLS_REASONS = words<Record<string, Told>>({
  en: {
    no_certificate: { short: "no certificate shown", meaning: "It is registered for a certificate of its own and showed none. Let it request one, or install one." },
    wrong_certificate: { short: "another station's certificate", meaning: "The name in the certificate is neither this station's serial number nor its id." },
    wrong_operator: { short: "certificate of another operator", meaning: "The organisation in the certificate is not the one that this server belongs to." },
    certificate_revoked: { short: "revoked certificate", meaning: "This certificate was revoked. The station needs a new one." },
    certificate_expired: { short: "certificate ran out", meaning: "The station's certificate is no longer valid. It needs a new one." },
    certificate_too_early: { short: "certificate not valid yet", meaning: "It becomes valid later. Is the station's clock, or ours, wrong?" },
    unknown_ca: { short: "certificate of an unknown authority", meaning: "It was signed by nobody whom this server trusts." },
    bad_certificate: { short: "unusable certificate", meaning: "The certificate could not be read or checked." },
    our_certificate_refused: { short: "does not trust this server", meaning: "The station did not accept the server's certificate. Does it know the root certificate, and the name in its address?" },
    no_tls: { short: "no TLS on the TLS port", meaning: "It spoke without TLS to the port for TLS. Use a wss:// address, or the other port." },
    tls_too_old: { short: "TLS too old", meaning: "It only speaks TLS below 1.2, which is not safe any more. It needs new firmware." },
    no_common_cipher: { short: "no common cipher", meaning: "Station and server share no way of encryption. It may need a server certificate of the other kind, RSA or EC." },
    tls_abandoned: { short: "left during the TLS handshake", meaning: "It broke off before the handshake was over." },
    tls_timed_out: { short: "TLS handshake took too long", meaning: "It did not finish the handshake in time." },
    tls_failed: { short: "TLS handshake failed", meaning: "The handshake failed; the server's log says more." },
  },
  de: {
    no_certificate: { short: "kein Zertifikat gezeigt", meaning: "Sie ist für ein eigenes Zertifikat angelegt und zeigte keines. Lass sie eines anfordern, oder installiere eines." },
    wrong_certificate: { short: "Zertifikat einer anderen Station", meaning: "Der Name im Zertifikat ist weder die Seriennummer noch die Id dieser Station." },
    wrong_operator: { short: "Zertifikat eines anderen Betreibers", meaning: "Die Organisation im Zertifikat ist nicht die, zu der dieser Server gehört." },
    certificate_revoked: { short: "widerrufenes Zertifikat", meaning: "Dieses Zertifikat wurde widerrufen. Die Station braucht ein neues." },
    certificate_expired: { short: "Zertifikat abgelaufen", meaning: "Das Zertifikat der Station gilt nicht mehr. Sie braucht ein neues." },
    certificate_too_early: { short: "Zertifikat noch nicht gültig", meaning: "Es gilt erst später. Geht die Uhr der Station falsch, oder unsere?" },
    unknown_ca: { short: "Zertifikat einer unbekannten Stelle", meaning: "Niemand, dem dieser Server vertraut, hat es signiert." },
    bad_certificate: { short: "unbrauchbares Zertifikat", meaning: "Das Zertifikat ließ sich nicht lesen oder prüfen." },
    our_certificate_refused: { short: "traut diesem Server nicht", meaning: "Die Station nahm das Zertifikat des Servers nicht an. Kennt sie das Wurzelzertifikat, und den Namen in ihrer Adresse?" },
    no_tls: { short: "ohne TLS am TLS-Port", meaning: "Sie sprach ohne TLS mit dem Port für TLS. Nimm eine wss://-Adresse oder den anderen Port." },
    tls_too_old: { short: "TLS zu alt", meaning: "Sie spricht nur TLS unter 1.2, das nicht mehr sicher ist. Sie braucht neue Firmware." },
    no_common_cipher: { short: "keine gemeinsame Verschlüsselung", meaning: "Station und Server haben keine gemeinsam. Vielleicht fehlt ein Server-Zertifikat der anderen Art, RSA oder EC." },
    tls_abandoned: { short: "brach den TLS-Handshake ab", meaning: "Sie ging, bevor er zu Ende war." },
    tls_timed_out: { short: "TLS-Handshake dauerte zu lange", meaning: "Sie beendete ihn nicht in der Zeit." },
    tls_failed: { short: "TLS-Handshake gescheitert", meaning: "Er scheiterte; das Protokoll des Servers sagt mehr." },
  },
});
