// A thread as a growing piece of the whole, put together from what several calls gave.

export interface Numbered {
  id: string;
  seq: number;
}
export interface Thread<M extends Numbered> {
  /** In order, without gaps between the first and the last. */
  items: M[];
  /** Whether the conversation begins with the first of them. */
  whole: boolean;
}

/** What is known with what came in: the newer word about a message counts, each message once, in order. */
export function merge<M extends Numbered>(known: readonly M[], came: readonly M[]): M[] {
  if (came.length === 0) return [...known];
  const byId = new Map(known.map((one) => [one.id, one]));
  for (const one of came) byId.set(one.id, one);
  return [...byId.values()].sort((a, b) => a.seq - b.seq);
}

/** The sequence number up to which everything is known; what follows is asked for. `overlap` is read again, for what
 * changed after it was first read: edits, deletions, receipts. */
export function knownUpTo(items: readonly Numbered[], overlap: number): number {
  const last = items.at(-1)?.seq ?? 0;
  const first = items[0]?.seq ?? 0;
  return Math.max(first - 1, last - overlap, 0);
}

/** The rows of a list while somebody's pointer is on it: those there stay where they are, others wait their turn. */
export function heldOrder<T extends { id: string }>(held: readonly string[], items: readonly T[]): { rows: T[]; waiting: number } {
  const byId = new Map(items.map((one) => [one.id, one]));
  const rows = held.flatMap((id) => byId.get(id) ?? []);
  const shown = new Set(held);
  return { rows, waiting: items.filter(({ id }) => !shown.has(id)).length };
}
