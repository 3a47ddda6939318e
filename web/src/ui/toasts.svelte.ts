/** Short notices at the edge of the screen. */

export interface Toast {
  id: number;
  text: string;
  tone: "good" | "danger" | "plain";
  href?: string;
}

class Toasts {
  all = $state<Toast[]>([]);
  #next = 1;

  show(text: string, tone: Toast["tone"] = "plain", href?: string): void {
    const id = this.#next++;
    this.all.push({ id, text, tone, href });
    setTimeout(() => this.dismiss(id), tone === "danger" ? 12_000 : 5_000);
  }

  dismiss(id: number): void {
    this.all = this.all.filter((each) => each.id !== id);
  }
}

export const toasts = new Toasts();
