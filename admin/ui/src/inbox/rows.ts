// A thread as rows: days between messages, a line where the reader's unread ones begin, messages that belong together.
import { dayKey } from "../i18n/time";
import type { Message } from "./data";

export type ThreadRow =
  | { kind: "start"; id: string }
  | { kind: "day"; id: string; at: string }
  | { kind: "new"; id: string }
  | { kind: "message"; id: string; message: Message; head: boolean };

const CLOSE = 5 * 60_000;

/** Whether two messages are one person's, one after another: then the second needs no head of its own. */
function goesOn(before: Message | undefined, message: Message): boolean {
  if (!before || before.kind !== message.kind) return false;
  const same = before.author.kind === message.author.kind && before.author.id === message.author.id && before.author.name === message.author.name;
  return same && Date.parse(message.at) - Date.parse(before.at) < CLOSE;
}

/** Reactions stand at the message they are about, so one that names its target is no row of its own. */
export function threadRows(items: readonly Message[], whole: boolean, readUpTo: number | null): ThreadRow[] {
  const rows: ThreadRow[] = whole ? [{ kind: "start", id: "start" }] : [];
  let before: Message | undefined;
  let marked = readUpTo === null;
  for (const message of items) {
    const newDay = !before || dayKey(before.at) !== dayKey(message.at);
    if (newDay) rows.push({ kind: "day", id: `day-${dayKey(message.at)}-${message.id}`, at: message.at });
    const unread = !marked && message.direction === "in" && message.seq > readUpTo!;
    if (unread) {
      rows.push({ kind: "new", id: "new" });
      marked = true;
    }
    rows.push({ kind: "message", id: message.id, message, head: newDay || unread || !goesOn(before, message) });
    before = message;
  }
  return rows;
}
