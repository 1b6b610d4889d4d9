// Files on their way: each is uploaded when it is chosen, and named in the message by what the server calls it.

import type { Part, Session } from "./protocol";

export const MAX_FILES = 10;
export const MAX_BYTES = 10 * 1024 * 1024;

export interface Upload {
  key: string;
  name: string;
  /** 0 to 1 while it goes up, null when it is there, a sentence when it failed. */
  progress: number | null;
  error: string | null;
  part: Part | null;
  abort(): void;
}

export interface Uploaded {
  file_id: string;
  name: string;
  mime: string;
  url: string;
}

function kindOf(mime: string): string {
  const head = mime.split("/")[0] ?? "";
  return head === "image" || head === "audio" || head === "video" ? head : "document";
}

export interface UploadWords {
  tooLarge: string;
  failed: string;
}

/** The files that go with the next message. */
export class Uploads {
  entries: Upload[] = [];

  constructor(
    private readonly base: URL,
    private readonly changed: () => void,
  ) {}

  /** Send files up. Returns how many did not fit. */
  add(files: File[], session: Session, words: UploadWords): number {
    const fitting = files.slice(0, Math.max(0, MAX_FILES - this.entries.length));
    for (const file of fitting) this.entries.push(upload(this.base, session.token, file, words, this.changed));
    this.changed();
    return files.length - fitting.length;
  }

  remove(entry: Upload): void {
    entry.abort();
    this.entries = this.entries.filter((other) => other !== entry);
    this.changed();
  }
}

/** Send one file up. `changed` is called whenever the upload moved on. Never throws. */
function upload(base: URL, token: string, file: File, words: UploadWords, changed: () => void): Upload {
  const request = new XMLHttpRequest();
  const entry: Upload = { key: `${Date.now()}-${Math.random()}`, name: file.name, progress: 0, error: null, part: null, abort: () => request.abort() };
  const fail = (words: string): void => {
    Object.assign(entry, { progress: null, error: words });
    changed();
  };
  if (file.size > MAX_BYTES) {
    Object.assign(entry, { progress: null, error: words.tooLarge });
    return entry;
  }
  request.open("POST", new URL("api/v1/visitor/files", base));
  request.setRequestHeader("Authorization", `Bearer ${token}`);
  request.setRequestHeader("Idempotency-Key", entry.key);
  request.upload.onprogress = (event) => {
    entry.progress = event.total ? event.loaded / event.total : 0;
    changed();
  };
  request.onerror = () => fail(words.failed);
  request.onload = () => {
    let answer: (Uploaded & { detail?: string }) | null = null;
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // Not ours; said below.
    }
    if (request.status !== 201 || !answer) return fail(answer?.detail ?? words.failed);
    entry.part = { type: "media", kind: kindOf(answer.mime), file_id: answer.file_id, name: answer.name.slice(0, 200) };
    entry.progress = null;
    changed();
  };
  const form = new FormData();
  form.append("file", file);
  request.send(form);
  return entry;
}
