import type { Schemas } from "../../api/client";
import { words } from "../../i18n";

export type Kind = Schemas["FileKind"];

export const KINDS: Record<Kind, string> = words({
  en: { firmware: "Firmware", diagnostics: "Diagnostics", log: "Log", other: "Other" },
  de: { firmware: "Firmware", diagnostics: "Diagnose", log: "Log", other: "Anderes" },
});
export const ALL_KINDS = Object.keys(KINDS) as Kind[];
