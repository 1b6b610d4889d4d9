// What is shown, made of what arrives: in any order, twice, late, or with gaps. Pure: no socket, no clock, no DOM.

import type { Delta, Message } from "./protocol";

export interface Stream {
  id: string;
  floor: number;
  /** The next piece that fits; later ones wait in `ahead`. */
  next: number;
  text: string;
  ahead: Map<number, string>;
}

const MAX_AHEAD = 500;
const MAX_TEXT = 100_000;

export class Transcript {
  messages: Message[] = [];
  streams = new Map<string, Stream>();
  /** Answers that were taken back while they were being shown; cleared when the next one begins. */
  withdrawn = new Set<string>();
  conversation: string | null = null;
  /** Everything up to here was told by the server. */
  lastSeq = 0;
  floor = 0;
  private readonly order: string[] = [];

  /** `conversation` is the one whose messages will come, where it is known before. */
  constructor(conversation: string | null = null) {
    if (conversation) this.enter(conversation);
  }

  private readonly replaced = new Set<string>();
  private readonly gone = new Set<string>();

  /** Take a message. Returns whether the server had told more before it than we know. */
  take(message: Message): boolean {
    this.enter(message.conversation_id);
    if (message.superseded) this.replaced.add(message.id);
    const known = this.messages.findIndex((m) => m.id === message.id);
    // What gave way stays away, though an older picture of it may arrive late.
    if (known >= 0) this.messages[known] = { ...this.messages[known], ...message, ...(this.replaced.has(message.id) && { superseded: true }) };
    else this.messages.push(message);
    this.streams.delete(message.id);
    this.withdrawn.delete(message.id);
    if (message.direction === "out") this.withdrawn.clear();
    this.sort();
    if (message.conversation_id !== this.conversation || message.prev_seq === undefined) return false;
    if (message.prev_seq > this.lastSeq) return true;
    this.lastSeq = Math.max(this.lastSeq, message.seq);
    return false;
  }

  /** The server has told everything of this conversation up to `seq`. */
  reached(conversation: string, seq: number): void {
    this.enter(conversation);
    if (conversation === this.conversation) this.lastSeq = Math.max(this.lastSeq, seq);
  }

  /** Take a piece of a growing answer: in order, once, and never after a person took the floor. */
  grow(delta: Delta): boolean {
    if (delta.floor_epoch < this.floor || this.gone.has(delta.message_id)) return false;
    if (this.messages.some((m) => m.id === delta.message_id)) return false;
    this.raise(delta.floor_epoch);
    let stream = this.streams.get(delta.message_id);
    if (!stream) {
      this.withdrawn.clear();
      stream = { id: delta.message_id, floor: delta.floor_epoch, next: 0, text: "", ahead: new Map() };
      this.streams.set(stream.id, stream);
    }
    if (delta.n < stream.next || stream.ahead.size >= MAX_AHEAD) return false;
    stream.ahead.set(delta.n, delta.text);
    for (let piece = stream.ahead.get(stream.next); piece !== undefined; piece = stream.ahead.get(stream.next)) {
      stream.ahead.delete(stream.next);
      stream.next += 1;
      if (stream.text.length < MAX_TEXT) stream.text += piece;
    }
    return true;
  }

  /** An answer is taken back: nothing of it may show or come later. */
  withdraw(id: string): void {
    const stream = this.streams.get(id);
    this.streams.delete(id);
    this.gone.add(id);
    if (stream?.text) this.withdrawn.add(id);
  }

  /** A newer floor: what an older one was still saying stops here. */
  raise(floor: number): void {
    if (floor <= this.floor) return;
    this.floor = floor;
    for (const stream of [...this.streams.values()]) if (stream.floor < floor) this.withdraw(stream.id);
  }

  /** These messages gave way to others. */
  supersede(ids: readonly string[]): void {
    for (const id of ids) this.replaced.add(id);
    this.messages = this.messages.map((m) => (ids.includes(m.id) ? { ...m, superseded: true } : m));
  }

  has(clientId: string): boolean {
    return this.messages.some((m) => m.client_id === clientId || (m.platform_ids ?? []).includes(clientId));
  }

  private enter(conversation: string): void {
    if (this.order.includes(conversation)) return;
    this.order.push(conversation);
    this.conversation = conversation;
    this.lastSeq = 0;
    this.floor = 0;
    this.streams.clear();
  }

  private sort(): void {
    const place = (m: Message): number => this.order.indexOf(m.conversation_id);
    this.messages.sort((a, b) => place(a) - place(b) || a.seq - b.seq);
  }
}
