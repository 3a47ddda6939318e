/** Who is signed in, and what they may do. */

import { askPath, useCsrfToken } from "./api/client";

export type Role = "viewer" | "operator" | "administrator";

interface Answer {
  name: string;
  kind: "user" | "key";
  role: Role | null;
  scopes: ("read" | "write" | "admin")[];
  csrf_token: string | null;
  secure: boolean;
  version: string;
}

class Me {
  name = $state("");
  role = $state<Role | null>(null);
  scopes = $state.raw<Answer["scopes"]>([]);
  secure = $state(true);
  version = $state("");
  /** May send commands and change stations, tokens, profiles. */
  canWrite = $derived(this.scopes.includes("write"));
  /** May manage users, keys, settings, and read the audit log. */
  canAdmin = $derived(this.scopes.includes("admin"));

  async load(): Promise<void> {
    const answer = await askPath<Answer>("/api/v1/me");
    useCsrfToken(answer.csrf_token);
    this.name = answer.name;
    this.role = answer.role;
    this.scopes = answer.scopes;
    this.secure = answer.secure;
    this.version = answer.version;
  }
}

export const me = new Me();
