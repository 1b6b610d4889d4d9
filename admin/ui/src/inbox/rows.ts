// A thread as rows: days between messages, a line where the reader's unread ones begin, messages that belong together.
import { dayKey } from "../i18n/time";
import type { Message } from "./data";

/** A message with what stands above it. It is one row: a row of its own would go elsewhere when older messages come,
 * and the reader's place with it. */
export interface ThreadRow {
  id: string;
  message: Message;
  /** Whether the conversation begins here. */
  start: boolean;
  /** Whether a day begins here. */
  day: boolean;
  /** Whether the reader's unread messages begin here. */
  unread: boolean;
  /** Whether it says who speaks. */
  head: boolean;
}

const CLOSE = 5 * 60_000;

/** Whether two messages are one person's, one after another: then the second needs no head of its own. */
function goesOn(before: Message | undefined, message: Message): boolean {
  if (!before || before.kind !== message.kind) return false;
  const same = before.author.kind === message.author.kind && before.author.id === message.author.id && before.author.name === message.author.name;
  return same && Date.parse(message.at) - Date.parse(before.at) < CLOSE;
}

export function threadRows(items: readonly Message[], whole: boolean, readUpTo: number | null): ThreadRow[] {
  let before: Message | undefined;
  let marked = readUpTo === null;
  return items.map((message) => {
    const day = !before || dayKey(before.at) !== dayKey(message.at);
    const unread = !marked && message.direction === "in" && message.seq > readUpTo!;
    marked ||= unread;
    const row = { id: message.id, message, start: whole && !before, day, unread, head: day || unread || !goesOn(before, message) };
    before = message;
    return row;
  });
}
