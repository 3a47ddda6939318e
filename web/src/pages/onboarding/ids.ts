/** Ids of stations: which the server takes, and which is the next free one. */

import { words } from "../../i18n";

const w = words({
  en: {
    empty: "An id is needed.",
    long: (n: number) => `At most 48 characters; this has ${n}.`,
    control: "Without control characters.",
    letter: (letter: string) => `“${letter}” cannot be part of it.`,
    dots: "This means something else in addresses.",
    odd: "Some stations cannot take blanks or special letters.",
  },
  de: {
    empty: "Eine Id ist nötig.",
    long: (n: number) => `Höchstens 48 Zeichen; das sind ${n}.`,
    control: "Ohne Steuerzeichen.",
    letter: (letter: string) => `„${letter}“ darf nicht vorkommen.`,
    dots: "Das bedeutet in Adressen etwas anderes.",
    odd: "Manche Stationen können keine Leerzeichen oder Sonderzeichen.",
  },
});

const LONGEST = 48;

/** Why a station cannot have this id; empty: it can. The rules are the server's. */
export function objection(id: string): string {
  if (!id.trim()) return w.empty;
  const length = [...id].length;
  if (length > LONGEST) return w.long(length);
  if (/\p{C}/u.test(id)) return w.control;
  const letter = /[/:]/.exec(id)?.[0];
  if (letter) return w.letter(letter);
  return id === "." || id === ".." ? w.dots : "";
}

/** What is allowed, and may still be trouble. */
export const doubt = (id: string): string => (/^[\w.*+=|@-]*$/.test(id) ? "" : w.odd);

const NUMBERED = /^(.*?)(\d+)$/;

/** As most of the others are called, with the next number; CP-001 where there are none. */
export function nextFree(known: Iterable<string>): string {
  const taken = new Set(known);
  const series = new Map<string, { n: number; highest: number; width: number }>();
  for (const id of taken) {
    const [, prefix, digits] = NUMBERED.exec(id) ?? [];
    if (prefix === undefined || !digits || digits.length > 9) continue;
    if (prefix.startsWith("SIM-")) continue; // simulated ones are no example
    const one = series.get(prefix) ?? { n: 0, highest: 0, width: 0 };
    one.n++;
    one.highest = Math.max(one.highest, Number(digits));
    one.width = Math.max(one.width, digits.length);
    series.set(prefix, one);
  }
  let [prefix, best] = ["CP-", { n: 0, highest: 0, width: 3 }];
  for (const [name, one] of series) if (one.n > best.n) [prefix, best] = [name, one];
  for (let number = best.highest + 1; ; number++) {
    const id = prefix + String(number).padStart(best.width, "0");
    if (!taken.has(id)) return id;
  }
}
