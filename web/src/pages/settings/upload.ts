/** Brings a file to the server; the only way in browsers to hear how far it is. */

import { askPath, Problem, problemOf, type Schemas } from "../../api/client";
import { words } from "../../i18n";

const w = words({
  en: { broken: "The upload was cut off", stopped: "The upload was stopped" },
  de: { broken: "Das Hochladen brach ab", stopped: "Das Hochladen wurde angehalten" },
});

/** `progress` hears the share that has arrived, from 0 to 1. Rejects with a `Problem`. */
export async function upload(
  file: File,
  kind: Schemas["FileKind"],
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { csrf_token } = await askPath<{ csrf_token: string | null }>("/api/v1/me");
  await new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/files?${new URLSearchParams({ name: file.name, kind })}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    if (csrf_token) request.setRequestHeader("X-CSRF-Token", csrf_token);
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () =>
      request.status < 300 ? resolve() : reject(problemOf(request.status, request.response));
    request.onerror = () => reject(new Problem(0, "unreachable", w.broken, ""));
    request.onabort = () => reject(new Problem(0, "stopped", w.stopped, ""));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
