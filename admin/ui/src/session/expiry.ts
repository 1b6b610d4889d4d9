// Tells the frame that the session has ended. It asks for the password over the page, so nothing typed is lost.

const listeners = new Set<() => void>();
let session = 0;

/** Which session of this page a request belongs to; say it again when its answer came. */
export function sessionNow(): number {
  return session;
}

/** A new session has begun: what was asked under the one before says nothing of it. */
export function signedInAgain(): void {
  session += 1;
}

export function signedOut(asked: number): void {
  if (asked !== session) return;
  for (const listener of listeners) listener();
}

export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
