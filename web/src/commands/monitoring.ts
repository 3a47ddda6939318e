/** Monitors of variables: what a station of OCPP 2 watches and tells by itself. */

import { words } from "../i18n";
import type { Station } from "../live/fleet.svelte";
import { number, text, withoutModel, type Descriptor } from "./descriptor";

const w = words({
  en: {
    none: "OCPP 1.6 has no monitors",
    read: "Read the monitors",
    readAbout: "The station tells what it watches.",
    readNow: "Read",
    set: "Add a monitor",
    setAbout: "The station watches a value, and tells by itself when it passes a limit, changes or is due.",
    setNow: "Add",
    component: "Component",
    componentHint: "As the station calls it; Configuration lists them.",
    variable: "Variable",
    evse: "EVSE",
    notOne: "None: of the station",
    kind: "Tell",
    kinds: { upper_threshold: "When it rises above", lower_threshold: "When it falls below", delta: "When it changes by", periodic: "Every so many seconds", periodic_clock_aligned: "Every so many seconds by the clock" },
    value: "Value",
    severity: "Severity",
    severityHint: "0 is danger, 9 is of use to developers.",
    clear: "Remove a monitor",
    clearAbout: "The station no longer watches this.",
    clearNow: "Remove",
  },
  de: {
    none: "OCPP 1.6 kennt keine Überwachung",
    read: "Überwachung lesen",
    readAbout: "Die Station nennt, was sie überwacht.",
    readNow: "Lesen",
    set: "Überwachung hinzufügen",
    setAbout: "Die Station beobachtet einen Wert und meldet sich von selbst, wenn er eine Grenze überschreitet, sich ändert oder fällig ist.",
    setNow: "Hinzufügen",
    component: "Komponente",
    componentHint: "Wie die Station sie nennt; unter Konfiguration stehen alle.",
    variable: "Variable",
    evse: "EVSE",
    notOne: "Keine: der Station",
    kind: "Melden",
    kinds: { upper_threshold: "Wenn er steigt über", lower_threshold: "Wenn er fällt unter", delta: "Wenn er sich ändert um", periodic: "Alle so viele Sekunden", periodic_clock_aligned: "Alle so viele Sekunden nach der Uhr" },
    value: "Wert",
    severity: "Schwere",
    severityHint: "0 ist Gefahr, 9 hilft Entwicklern.",
    clear: "Überwachung entfernen",
    clearAbout: "Die Station beobachtet das nicht mehr.",
    clearNow: "Entfernen",
  },
});

export const KINDS: Readonly<Record<string, string>> = w.kinds;

/** Only what has a device model has monitors: stations of OCPP 2. */
export const withoutMonitors = (station: Station): string | undefined => (withoutModel(station) ? w.none : undefined);

export const MONITORING: Descriptor[] = [
  {
    name: "get_monitoring_report",
    group: "expert",
    title: w.read,
    about: w.readAbout,
    icon: "eye",
    submit: w.readNow,
    fields: [],
    why: withoutMonitors,
    body: () => ({ command: "get_monitoring_report" }),
  },
  {
    name: "set_variable_monitoring",
    group: "expert",
    title: w.set,
    about: w.setAbout,
    icon: "eye",
    submit: w.setNow,
    why: withoutMonitors,
    fields: [
      { kind: "text", name: "component", text: w.component, hint: w.componentHint, required: true, placeholder: "EVSE" },
      { kind: "text", name: "variable", text: w.variable, required: true, placeholder: "AvailabilityState" },
      { kind: "evse", name: "evse_id", text: w.evse, all: w.notOne },
      { kind: "choice", name: "kind", text: w.kind, options: Object.entries(w.kinds).map(([value, text]) => ({ value, text })) },
      { kind: "number", name: "value", text: w.value, step: 0.1, required: true },
      { kind: "number", name: "severity", text: w.severity, hint: w.severityHint, min: 0, max: 9, required: true },
    ],
    initial: () => ({ kind: "delta", value: "1", severity: "8" }),
    body: (v) => ({
      command: "set_variable_monitoring",
      monitors: [
        { component: text(v.component), name: text(v.variable), evse_id: number(v.evse_id), kind: v.kind, value: number(v.value), severity: number(v.severity) },
      ],
    }),
  },
];

/** By the station's number, so only from the list of those it has. */
export const CLEAR_MONITOR: Descriptor = {
  name: "clear_variable_monitoring",
  group: "expert",
  title: w.clear,
  about: w.clearAbout,
  icon: "trash",
  submit: w.clearNow,
  danger: true,
  fields: [],
  body: (v) => ({ command: "clear_variable_monitoring", monitor_ids: [Number(v.monitor_id)] }),
};
