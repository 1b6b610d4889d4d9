// What was begun and not sent, kept in this browser at once and at the hub a moment later, so that neither a reload
// nor another machine loses it.

export type Mode = "reply" | "note";
const PREFIX = "switchboard.draft.";
const MOST = 100;

interface Kept {
  text: string;
  at: number;
}

const place = (conversation: string, mode: Mode) => `${PREFIX}${mode}.${conversation}`;

export function readDraft(conversation: string, mode: Mode): Kept | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place(conversation, mode)) ?? "null");
    if (kept === null || typeof kept !== "object") return null;
    const { text, at } = kept as Partial<Kept>;
    return typeof text === "string" && typeof at === "number" ? { text, at } : null;
  } catch {
    return null;
  }
}

export function keepDraft(conversation: string, mode: Mode, text: string): void {
  try {
    if (text.trim() === "") localStorage.removeItem(place(conversation, mode));
    else {
      localStorage.setItem(place(conversation, mode), JSON.stringify({ text, at: Date.now() }));
      forgetOldest();
    }
  } catch {
    // Storage is full or closed: the hub's copy has to do.
  }
}

/** The newer of both copies. */
export function newest(here: Kept | null, there: { text: string; updated_at: string } | undefined): string {
  if (!there) return here?.text ?? "";
  return here && here.at >= Date.parse(there.updated_at) ? here.text : there.text;
}

function forgetOldest(): void {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  if (names.length <= MOST) return;
  const at = (name: string) => {
    try {
      return Number((JSON.parse(localStorage.getItem(name) ?? "{}") as Partial<Kept>).at ?? 0);
    } catch {
      return 0;
    }
  };
  names.sort((a, b) => at(a) - at(b));
  for (const name of names.slice(0, names.length - MOST)) localStorage.removeItem(name);
}
