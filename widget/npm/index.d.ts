/** The parts of a message that a page may care about. */
export interface Message {
  id: string;
  conversation_id: string;
  seq: number;
  direction: "in" | "out";
  author: { kind: "contact" | "bot" | "agent" | "system"; name?: string | null };
  parts: { type: string; text?: string }[];
  at: string;
}

export interface ConversationState {
  id: string;
  state: "bot" | "waiting" | "agent" | "resolved";
  agent?: string | null;
}

/** What the bubble tells the page, by event. */
export interface Events {
  /** The chat itself has been fetched. */
  ready: undefined;
  open: undefined;
  close: undefined;
  /** A message from our side has arrived. */
  message: Message;
  /** How many messages came unseen. */
  unread: number;
  /** Who answers now. */
  conversation: ConversationState;
}

/** Who a signed-in visitor is, made by your server under the site's identity secret; never in the browser. */
export type Identity = { user: string; hash: string } | { token: string };

export interface Switchboard {
  open(): void;
  close(): void;
  toggle(): void;
  /** Open the chat and ask this in the visitor's name. */
  ask(question: string): void;
  /** Say who the visitor is; null when they sign out. */
  identify(identity: Identity | null): void;
  setLocale(code: string): void;
  setTheme(theme: "light" | "dark" | "auto"): void;
  /** Be told of an event. What comes back stops it. */
  on<E extends keyof Events>(event: E, handler: (value: Events[E]) => void): () => void;
  /** Remove the bubble with everything it put on the page. */
  destroy(): void;
}

export interface Options {
  /** Your hub's address, such as `https://hub.example.com`. */
  hub: string;
  /** The site key of your web chat channel. */
  site: string;
  locale?: string;
  theme?: "light" | "dark";
  title?: string;
  /** A nonce of your content security policy, where scripts need one. */
  nonce?: string;
}

/**
 * Put the bubble on the page, once however often it is called. Calls may follow at once: they are kept until the script
 * is there.
 */
export function embed(options: Options): Switchboard;

declare global {
  interface Window {
    /** The same, for pages with the script tag; before it has loaded, a queue: `push(["open"])`. */
    Switchboard?: Switchboard | unknown[][];
  }
}
