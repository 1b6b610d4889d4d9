// What the visitor wrote and the server has not confirmed. Kept across reloads; resent under the same id.

import type { Part } from "./protocol";
import type { Shelf } from "./storage";

export interface Pending {
  client_id: string;
  parts: Part[];
  /** The message whose option was taken. */
  target?: string;
  /** The conversation it belongs to, or the client's own id of the one that it begins. */
  conversation_id?: string;
  fresh?: string;
  at: string;
  /** Set where the server refused for good; the visitor decides to try again or drop it. */
  error?: string;
}

const KEY = "outbox";
const LIMIT = 50;

/** A random 128-bit id. `crypto.randomUUID` exists on secure pages alone, and shops still have plain ones. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function sound(value: unknown): value is Pending {
  const entry = value as Partial<Pending> | null;
  return typeof entry?.client_id === "string" && typeof entry.at === "string" && Array.isArray(entry.parts);
}

export class Outbox {
  constructor(private readonly shelf: Shelf) {}

  all(): Pending[] {
    const kept = this.shelf.get<unknown>(KEY);
    return Array.isArray(kept) ? kept.filter(sound) : [];
  }

  /** Keep a message until it is confirmed. Returns null when too many wait already. */
  add(parts: Part[], where: Pick<Pending, "target" | "conversation_id" | "fresh"> = {}): Pending | null {
    const entry: Pending = { client_id: newId(), parts, at: new Date().toISOString(), ...where };
    const waiting = this.all();
    if (waiting.length >= LIMIT) return null;
    this.shelf.set(KEY, [...waiting, entry]);
    return entry;
  }

  /** The server has it. Safe to call again. */
  settle(clientId: string): void {
    const left = this.all().filter((entry) => entry.client_id !== clientId);
    if (left.length) this.shelf.set(KEY, left);
    else this.shelf.remove(KEY);
  }

  fail(clientId: string, error: string): void {
    this.shelf.set(
      KEY,
      this.all().map((entry) => (entry.client_id === clientId ? { ...entry, error } : entry)),
    );
  }

  /** Send a refused message once more. */
  retry(clientId: string): void {
    this.shelf.set(
      KEY,
      this.all().map((entry) => (entry.client_id === clientId ? without(entry) : entry)),
    );
  }

  clear(): void {
    this.shelf.remove(KEY);
  }
}

function without({ error: _, ...entry }: Pending): Pending {
  return entry;
}

/** A message as it goes to the server. */
export function said({ at: _at, error: _error, ...message }: Pending): object {
  return message;
}
