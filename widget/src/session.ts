// Who the visitor is: a token the server signs, bound to this site, kept in this browser.

import type { Session, SiteConfig } from "./protocol";
import type { Shelf } from "./storage";

const KEY = "session";
export const CONFIG = "config";

export class SessionError extends Error {}

/** The kept session, or a new one from the server. Raises `SessionError` with a sentence for the visitor. */
export async function openSession(base: URL, site: string, shelf: Shelf, fresh = false, identity: unknown = null): Promise<Session> {
  const kept = fresh ? null : shelf.get<Session>(KEY);
  if (kept && typeof kept.token === "string") return kept;
  let answer: Response;
  try {
    answer = await fetch(new URL("api/v1/visitor/session", base), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "omit",
      body: JSON.stringify({ site_key: site, ...(identity !== null && { identity }) }),
    });
  } catch {
    throw new SessionError("offline");
  }
  if (!answer.ok) throw new SessionError(answer.status >= 500 || answer.status === 429 ? "offline" : "refused");
  const session = (await answer.json()) as Session;
  if (typeof session?.token !== "string") throw new SessionError("refused");
  shelf.set(KEY, session);
  return session;
}

export function keptConfig(shelf: Shelf): SiteConfig {
  const kept = shelf.get<SiteConfig>(CONFIG);
  return kept !== null && typeof kept === "object" ? kept : {};
}

export function keptSession(shelf: Shelf): Session | null {
  return shelf.get<Session>(KEY);
}

/** Have the hub delete the visitor with everything they wrote and sent. Resolves to whether it is done. */
export async function eraseVisitor(base: URL, shelf: Shelf): Promise<boolean> {
  const session = keptSession(shelf);
  if (!session) return true;
  try {
    const headers = { Authorization: `Bearer ${session.token}` };
    return (await fetch(new URL("api/v1/visitor", base), { method: "DELETE", headers, credentials: "omit" })).ok;
  } catch {
    return false;
  }
}

/** The hub gave a newer token for the same visitor. */
export function keepToken(shelf: Shelf, token: string): void {
  shelf.set(KEY, { ...keptSession(shelf), token });
}

export function forgetSession(shelf: Shelf): void {
  shelf.remove(KEY);
}
