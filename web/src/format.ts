/** Numbers, amounts and times as people read them, in the viewer's language and zone. */

import { locale, words } from "./i18n";

const w = words({
  en: { now: "now", ago: (t: string) => `${t} ago`, never: "never" },
  de: { now: "jetzt", ago: (t: string) => `vor ${t}`, never: "nie" },
});

export const DASH = "–";

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const hundredths = new Intl.NumberFormat(locale, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

export const count = (n: number): string => whole.format(n);
export const decimal = (n: number, digits = 1): string =>
  (digits === 0 ? whole : digits === 1 ? tenths : hundredths).format(n);

/** Power in W as "7.4 kW" or "1.25 MW". */
export function power(w_: number | null | undefined): string {
  if (w_ == null) return DASH;
  return Math.abs(w_) >= 1e6 ? `${hundredths.format(w_ / 1e6)} MW` : `${tenths.format(w_ / 1e3)} kW`;
}

/** Energy in Wh as "14.20 kWh" or "1.3 MWh". */
export function energy(wh: number | null | undefined): string {
  if (wh == null) return DASH;
  if (Math.abs(wh) >= 1e6) return `${tenths.format(wh / 1e6)} MWh`;
  return `${hundredths.format(wh / 1e3)} kWh`;
}

export const percent = (n: number | null | undefined): string =>
  n == null ? DASH : `${whole.format(n)} %`;

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 ** 2) return `${tenths.format(n / 1024)} KiB`;
  if (n < 1024 ** 3) return `${tenths.format(n / 1024 ** 2)} MiB`;
  return `${tenths.format(n / 1024 ** 3)} GiB`;
}

/** Seconds as "42 s", "12 min", "3 h 05 min", "4 d 3 h". */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 48) return `${h} h ${String(min % 60).padStart(2, "0")} min`;
  return `${Math.floor(h / 24)} d ${h % 24} h`;
}

/** Seconds as a running clock, "0:12" or "1:02:03". */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const h = Math.floor(s / 3600);
  const rest = `${String(Math.floor((s % 3600) / 60)).padStart(h ? 2 : 1, "0")}:${String(s % 60).padStart(2, "0")}`;
  return h ? `${h}:${rest}` : rest;
}

export type Instant = string | number | Date | null | undefined;

const milliseconds = (at: Instant): number =>
  at == null ? NaN : typeof at === "number" ? at : new Date(at).getTime();

/** "3 min ago"; `now` in ms. */
export function ago(at: Instant, now: number = Date.now()): string {
  const then = milliseconds(at);
  if (Number.isNaN(then)) return w.never;
  const s = (now - then) / 1000;
  return s < 1 ? w.now : w.ago(duration(s < 60 ? Math.round(s) : s));
}

const times = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const minutes = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const days = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const datesWithYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
const exactly = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "long" });

const withDate = (at: Instant, format: (date: Date) => string): string => {
  const then = milliseconds(at);
  return Number.isNaN(then) ? DASH : format(new Date(then));
};

/** "14:02:11" */
export const time = (at: Instant): string => withDate(at, (d) => times.format(d));
/** "14:02" */
export const minute = (at: Instant): string => withDate(at, (d) => minutes.format(d));
/** "14:02:11.042" */
export const exactTime = (at: Instant): string =>
  withDate(at, (d) => `${times.format(d)}.${String(d.getMilliseconds()).padStart(3, "0")}`);
/** "3 Nov", with the year when it is another. */
export const day = (at: Instant): string =>
  withDate(at, (d) =>
    (d.getFullYear() === new Date().getFullYear() ? days : datesWithYear).format(d),
  );
/** "14:02" today, else "3 Nov, 14:02". */
export const moment = (at: Instant): string =>
  withDate(at, (d) =>
    d.toDateString() === new Date().toDateString()
      ? minutes.format(d)
      : `${day(d)}, ${minutes.format(d)}`,
  );
/** With zone, for titles. */
export const exact = (at: Instant): string => withDate(at, (d) => exactly.format(d));
/** For <input type="datetime-local">. */
export const local = (at: Instant): string =>
  withDate(at, (d) => new Date(d.getTime() - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 16));

export const zone: string = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** An amount in the smallest unit of its currency. */
export function money(minor: number, currency: string): string {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
