// Tells the frame that the session has ended. It asks for the password over the page, so nothing typed is lost.

const listeners = new Set<() => void>();

export function signedOut(): void {
  for (const listener of listeners) listener();
}

export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
