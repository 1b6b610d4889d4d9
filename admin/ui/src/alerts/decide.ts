// Whether to tell somebody of something now, and how. Pure: the clock and the settings come from outside.
import type { AlertKind, Settings } from "../app/settings";

export interface Alert {
  kind: AlertKind;
  conversation: string;
  title: string;
  body: string;
}
export interface Way {
  desktop: boolean;
  sound: boolean;
}

/** Minutes since midnight of "20:30"; null for what is no time. */
export function minutesOf(text: string): number | null {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}

/** Whether a moment lies in the quiet hours. They may pass midnight; from and to alike means all day. */
export function isQuiet(quiet: Settings["quiet"], now: Date): boolean {
  const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)];
  if (!quiet.on || from === null || to === null) return false;
  const at = now.getHours() * 60 + now.getMinutes();
  if (from === to) return true;
  return from < to ? at >= from && at < to : at >= from || at < to;
}

/** How to tell of it: not at all in quiet hours, and no notification for what lies open before the reader's eyes. */
export function wayOf(kind: AlertKind, settings: Settings, now: Date, looking: boolean): Way {
  if (isQuiet(settings.quiet, now)) return { desktop: false, sound: false };
  const { desktop, sound } = settings.alerts[kind];
  return { desktop: desktop && !looking, sound: sound && settings.volume > 0 && !(looking && kind !== "waiting") };
}

export interface Seen {
  id: string;
  state: string;
  assignee: string | null;
  unread: number;
  last_seq: number;
}

/** What is new between two looks at the lists, for whoever looks. The first look tells nothing: it is what was there. */
export function changes(before: ReadonlyMap<string, Seen> | null, now: readonly Seen[], me: string): { kind: AlertKind; id: string }[] {
  if (!before) return [];
  return now.flatMap((one): { kind: AlertKind; id: string }[] => {
    const old = before.get(one.id);
    if (one.state === "waiting" && old?.state !== "waiting") return [{ kind: "waiting", id: one.id }];
    if (one.assignee !== me || one.state !== "agent") return [];
    if (old?.assignee !== me) return [{ kind: "assigned", id: one.id }];
    if (one.unread > old.unread && one.last_seq > old.last_seq) return [{ kind: "reply", id: one.id }];
    return [];
  });
}
