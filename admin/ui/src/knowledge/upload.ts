// Uploading with progress, which `fetch` does not tell.
import { once } from "../api/client";
import { Problem } from "../api/problem";
import { queries } from "../api/queries";
import { sessionNow, signedOut } from "../session/expiry";
import type { Document } from "./data";

/** The most a document may hold, in bytes. */
export const MOST_BYTES = 25 * 1024 * 1024;

export interface Upload {
  done: Promise<Document>;
  stop: () => void;
}

/** Gives a file to the knowledge. `told` hears how much has gone out, 0 to 1. Rejects with a `Problem`. */
export function upload(tenant: string, file: File, context: string | null, told: (share: number) => void): Upload {
  const asked = sessionNow();
  const request = new XMLHttpRequest();
  const done = new Promise<Document>((resolve, reject) => {
    request.open("POST", `/api/v1/tenants/${tenant}/documents`);
    const me = queries.getQueryData<{ csrf_token: string }>(["me"]);
    if (me) request.setRequestHeader("X-CSRF-Token", me.csrf_token);
    for (const [name, value] of Object.entries(once())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && told(event.loaded / event.total);
    request.onload = () => {
      const body = read(request.responseText);
      if (request.status < 300) resolve(body as unknown as Document);
      else {
        if (request.status === 401) signedOut(asked);
        reject(new Problem(request.status, body, Number(request.getResponseHeader("Retry-After")) || null));
      }
    };
    request.onerror = () => reject(new Problem(0, { code: "offline", detail: "" }));
    request.onabort = () => reject(new Problem(0, { code: "stopped", detail: "" }));
    const form = new FormData();
    form.append("file", file, file.name);
    if (context) form.append("context", context);
    request.send(form);
  });
  return { done, stop: () => request.abort() };
}

function read(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
