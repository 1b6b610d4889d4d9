// What travels between the widget and the hub. Names are the contract's; unknown fields are left alone.

export type AuthorKind = "contact" | "bot" | "agent" | "system";
export type ConversationState = "bot" | "waiting" | "agent" | "resolved";

export interface Option {
  id: string;
  title: string;
  description?: string;
  url?: string;
}

export interface Part {
  type: string;
  text?: string;
  id?: string;
  title?: string;
  options?: Option[];
  kind?: string;
  name?: string;
  url?: string;
  caption?: string;
  file_id?: string;
  /** A card's picture. */
  image?: Part;
  /** A form's. */
  fields?: { name: string; label: string; required?: boolean }[];
  values?: Record<string, string>;
  address?: string;
  latitude?: number;
  longitude?: number;
  phones?: string[];
  emails?: string[];
}

export interface Citation {
  n: number;
  title: string;
  url?: string | null;
  section?: string | null;
  page?: number | null;
  quote?: string | null;
}

export interface Message {
  id: string;
  conversation_id: string;
  seq: number;
  /** Sequence number up to which the server had told this room before; a gap shows here. */
  prev_seq?: number;
  direction: "in" | "out";
  author: { kind: AuthorKind; id?: string | null; name?: string | null; picture?: string | null };
  parts: Part[];
  at: string;
  client_id?: string | null;
  platform_ids?: string[];
  citations?: Citation[] | null;
  deleted_at?: string | null;
  /** Answered again or said differently: what replaced it follows, and this is not shown. */
  superseded?: boolean;
  /** The visitor stopped this answer midway. */
  stopped?: boolean;
}

export interface Delta {
  message_id: string;
  floor_epoch: number;
  n: number;
  text: string;
}

export interface ConversationNews {
  id: string;
  state: ConversationState;
  agent?: string | null;
  /** How the colleague looks: an address below the hub's. */
  picture?: string | null;
  /** How far the colleague has read. */
  seen?: number;
  floor_epoch?: number;
}

export interface QueueNews {
  place: number | null;
  wait: number | null;
}

export interface SocketError {
  code: string;
  message: string;
  retry_after?: number;
}

export type Ack<T> = ({ ok: true } & T) | { error: SocketError };

export interface Accepted {
  id: string;
  seq: number;
  conversation_id: string;
}

export interface Replaced {
  superseded: string[];
}

export interface Resumed {
  conversation: ConversationNews | null;
  queue?: QueueNews;
  messages: Message[];
  deltas: Delta[];
  /** Everything up to this sequence number has been told. */
  seq: number;
  more: boolean;
  /** A newer token for this visitor, in place of one that gets old. */
  token?: string;
}

/** How the site owner set the bubble up; every field may be missing. */
export interface SiteConfig {
  name?: string;
  greeting?: string;
  /** One line the visitor should know before writing, such as which model answers. */
  notice?: string;
  suggestions?: string[];
  greetings?: { text: string; path?: string | null; starts?: string | null; ends?: string | null }[];
  color?: string | null;
  position?: "right" | "left";
  size?: "compact" | "normal" | "large";
  theme?: "auto" | "light" | "dark";
  launcher_text?: string | null;
  /** A picture's address below the hub's. */
  avatar?: string | null;
  css?: string;
  prechat?: PreChat | null;
  ask_rating?: boolean;
  offline_form?: boolean;
  /** Where a conversation may go on. */
  elsewhere?: { channel: string; kind: string }[];
  /** Whether a copy can be had by mail. */
  mails?: boolean;
  /** Whether people are there now, and when they next are. */
  open?: boolean;
  opens_at?: string | null;
}

/** What is asked before the first message. */
export interface PreChat {
  fields: { name: string; label: string | null; required: boolean }[];
  consent: string | null;
  consent_url: string | null;
}

export interface Session {
  token: string;
  visitor: unknown;
}
