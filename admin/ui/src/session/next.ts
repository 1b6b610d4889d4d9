/** Where to go after signing in: only ever a page of ours. */
export function safeNext(next: string | undefined, home: string): string {
  if (!next || !next.startsWith("/") || next.startsWith("//") || next.includes("\\")) return home;
  try {
    const target = new URL(next, "https://own.invalid");
    return target.origin === "https://own.invalid" ? target.pathname + target.search + target.hash : home;
  } catch {
    return home;
  }
}

/** The token of a mailed link. It stands behind `#`, which browsers send to nobody; `?token=` works too. */
export function linkToken(): string {
  const from = (text: string) => new URLSearchParams(text.slice(1)).get("token");
  return from(location.hash) ?? from(location.search) ?? "";
}
