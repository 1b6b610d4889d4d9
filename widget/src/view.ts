// One snapshot of the conversation for the screen.

import type { Pending } from "./outbox";
import type { ConversationNews, Message, QueueNews, SiteConfig } from "./protocol";
import { keptConfig } from "./session";
import type { Shelf } from "./storage";
import { Transcript } from "./transcript";

export interface ChatEvents {
  message: Message;
  unread: number;
  conversation: ConversationNews;
}

export type Link = "idle" | "connecting" | "online" | "offline" | "unavailable";

export interface View {
  link: Link;
  /** Whether the socket was up once: a first connection is no outage. */
  metBefore: boolean;
  transcript: Transcript;
  pending: Pending[];
  typing: { name: string | null; bot: boolean } | null;
  conversation: ConversationNews | null;
  queue: QueueNews | null;
  config: SiteConfig;
  unread: number;
  /** The first message that came unseen: where a line is drawn. */
  unseenFrom: string | null;
  /** Something was said and nothing answered yet. */
  awaiting: boolean;
  open: boolean;
  sound: boolean;
  /** Whether the visitor has told what the site asks before the first message; false where the hub says no. */
  told: boolean | null;
  /** Conversations that were rated, or whose rating was declined. */
  rated: string[];
}

/** What any window of this browser knows to have been rated. */
export function keptRated(shelf: Shelf): string[] {
  return [shelf.get<string | string[]>("rated") ?? []].flat();
}

/** What is known before anything was heard. */
export function firstView(shelf: Shelf, pending: Pending[]): View {
  return {
    link: "idle",
    metBefore: false,
    transcript: new Transcript(),
    pending,
    typing: null,
    conversation: null,
    queue: null,
    config: keptConfig(shelf),
    unread: 0,
    unseenFrom: null,
    awaiting: false,
    open: false,
    told: shelf.get<boolean>("told"),
    rated: keptRated(shelf),
    sound: shelf.get<boolean>("sound") ?? true,
  };
}
