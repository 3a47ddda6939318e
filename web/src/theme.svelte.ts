/** Light, dark, or as the system has it; set before the first paint by theme.js. */

export type Theme = "auto" | "light" | "dark";

class Appearance {
  theme = $state<Theme>((document.documentElement.dataset.theme as Theme) ?? "auto");

  choose(theme: Theme): void {
    this.theme = theme;
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("theme", theme);
  }
}

export const appearance = new Appearance();
