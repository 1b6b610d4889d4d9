// Which tenant this browser worked for last.
const PLACE = "switchboard.tenant";

export function lastTenant(): string | null {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    return null;
  }
}

export function rememberTenant(slug: string): void {
  try {
    localStorage.setItem(PLACE, slug);
  } catch {
    // Without storage the first tenant opens next time.
  }
}
