/** Words in English and German. Each page keeps its own beside it, in both languages at once. */

export type Language = "en" | "de";

function chosen(): Language {
  const stored = localStorage.getItem("language");
  if (stored === "en" || stored === "de") return stored;
  return navigator.languages.some((each) => each.startsWith("de")) &&
    !navigator.languages[0]?.startsWith("en")
    ? "de"
    : "en";
}

export const language: Language = chosen();
document.documentElement.lang = language;

/** For Intl: the viewer's own regional form of the language, if there is one. */
export const locale: string =
  navigator.languages.find((each) => each.startsWith(language)) ?? language;

export function choose(next: Language): void {
  localStorage.setItem("language", next);
  location.reload();
}

/** The words of the viewer's language; both languages must have the same shape. */
export function words<T>(all: { en: T; de: NoInfer<T> }): T {
  return all[language];
}

const plurals = new Intl.PluralRules(locale);

/** `plural(n, "station", "stations")`. */
export function plural(count: number, one: string, many: string): string {
  return plurals.select(count) === "one" ? one : many;
}
