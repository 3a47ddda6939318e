/** What a station says of its firmware update and its uploads, in words. */

import { words } from "../../i18n";

const WORDS = words<Record<string, string>>({
  en: {
    downloaded: "Downloaded",
    download_failed: "The download failed",
    downloading: "Downloading",
    download_scheduled: "The download is scheduled",
    download_paused: "The download is paused",
    idle: "Nothing to do",
    installation_failed: "The installation failed",
    installing: "Installing",
    installed: "Installed",
    install_rebooting: "Restarting to install",
    install_scheduled: "The installation is scheduled",
    install_verification_failed: "The new firmware did not verify",
    invalid_signature: "The signature is wrong",
    signature_verified: "The signature is right",
    bad_message: "The station did not understand",
    not_supported_operation: "The station cannot do this",
    permission_denied: "The station was not let in",
    uploaded: "Uploaded",
    upload_failure: "The upload failed",
    uploading: "Uploading",
    accepted_canceled: "Replaced by a newer request",
  },
  de: {
    downloaded: "Heruntergeladen",
    download_failed: "Das Herunterladen ist gescheitert",
    downloading: "Lädt herunter",
    download_scheduled: "Herunterladen ist vorgemerkt",
    download_paused: "Herunterladen pausiert",
    idle: "Nichts zu tun",
    installation_failed: "Die Installation ist gescheitert",
    installing: "Installiert",
    installed: "Installiert",
    install_rebooting: "Startet zur Installation neu",
    install_scheduled: "Installation ist vorgemerkt",
    install_verification_failed: "Die neue Firmware war nicht prüfbar",
    invalid_signature: "Die Signatur ist falsch",
    signature_verified: "Die Signatur stimmt",
    bad_message: "Die Station hat nicht verstanden",
    not_supported_operation: "Die Station kann das nicht",
    permission_denied: "Die Station wurde nicht eingelassen",
    uploaded: "Hochgeladen",
    upload_failure: "Das Hochladen ist gescheitert",
    uploading: "Lädt hoch",
    accepted_canceled: "Durch eine neuere Anfrage ersetzt",
  },
});

export const JOB = words({
  en: { firmware: "Update", diagnostics: "Diagnostics", log: "Log", publishing: "Publishing" },
  de: { firmware: "Update", diagnostics: "Diagnose", log: "Protokoll", publishing: "Verteilen" },
});

const GOOD = new Set(["installed", "uploaded"]);
const UNDER_WAY = new Set(["downloading", "installing", "uploading", "install_rebooting", "download_scheduled", "install_scheduled", "download_paused", "downloaded", "signature_verified"]);

export const jobText = (status: string | null, reported: string): string => (status && WORDS[status]) || reported;

export const jobTone = (status: string | null): "good" | "accent" | "danger" | "" =>
  status === "idle" || !status ? "" : GOOD.has(status) ? "good" : UNDER_WAY.has(status) ? "accent" : "danger";
