// The conversation as the widget lives it: session, socket, outbox and transcript, and one snapshot for the screen.

import { Acts } from "./acts";
import { Connection } from "./connection";
import { Uploads, type UploadWords } from "./files";
import { newId, Outbox, type Pending } from "./outbox";
import type { Accepted, ConversationNews, Message, Part, Resumed, Session, SocketError } from "./protocol";
import { PASSING, Sender } from "./sender";
import { forgetSession, keepToken, keptSession, openSession, SessionError } from "./session";
import { chime } from "./chime";
import type { Shelf } from "./storage";
import { Transcript } from "./transcript";
import { type ChatEvents, firstView, keptRated, type View } from "./view";

const TYPING_SHOWN_MS = 8_000;
const TYPING_TOLD_MS = 3_000;
const POLL_MS = 15_000;
const POLL_AWAITING_MS = 4_000;
const RETRY_MS = 2_000;
const MAX_PAGES = 20;

export class Chat {
  readonly view: View;
  readonly uploads: Uploads;
  private readonly outbox: Outbox;
  connection: Connection | null = null;
  readonly acts: Acts;
  private readonly sender: Sender;
  private starting: Promise<void> | null = null;
  private identity: unknown = null;
  /** The client's own id of a conversation that the next message begins. */
  private fresh: string | null = null;
  private resuming = false;
  private again = false;
  private renewed = false;
  private toldTyping = 0;
  private toldRead = 0;
  private lastPoll = 0;
  private typingTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly pollTimer: ReturnType<typeof setInterval>;
  private readonly onStorage = (): void => this.set({ rated: keptRated(this.shelf), pending: this.pendingHere() });

  constructor(
    readonly base: URL,
    private readonly site: string,
    readonly shelf: Shelf,
    private readonly changed: () => void,
    private readonly tell: <K extends keyof ChatEvents>(event: K, value: ChatEvents[K]) => void,
  ) {
    this.outbox = new Outbox(shelf);
    this.acts = new Acts(this);
    this.sender = new Sender(this.outbox, () => this.connection, (entry, answer) => this.accepted(entry, answer), (refused) => {
      if (refused === "profile_needed") this.view.told = false;
      this.refresh();
    });
    this.uploads = new Uploads(base, changed);
    this.view = firstView(shelf, this.outbox.all());
    addEventListener("storage", this.onStorage);
    this.pollTimer = setInterval(() => this.poll(), 1_000);
  }

  /** Connect, once. Safe to call again: whoever calls while it goes on waits for the same end. */
  async start(fresh = false): Promise<void> {
    if (!this.connection || fresh) this.starting ??= this.begin(fresh).finally(() => (this.starting = null));
    await this.starting;
  }

  private async begin(fresh: boolean): Promise<void> {
    this.set({ link: "connecting" });
    let session: Session;
    try {
      session = await openSession(this.base, this.site, this.shelf, fresh, this.identity);
    } catch (error) {
      const passing = error instanceof SessionError && error.message === "offline";
      this.set({ link: passing ? "offline" : "unavailable" });
      if (passing) this.retryTimer = setTimeout(() => void this.start(fresh), RETRY_MS * 2);
      return;
    }
    this.connection?.close();
    this.connection = new Connection(this.base, this.site, session.token, {
      online: () => void this.online(),
      offline: () => this.set({ link: this.view.link === "unavailable" ? "unavailable" : "offline", typing: null }),
      refused: (error) => this.refused(error),
      message: (message) => this.receive(message),
      delta: (delta) => {
        if (this.view.transcript.grow(delta)) this.set({ typing: null });
      },
      withdrawn: (id) => {
        this.view.transcript.withdraw(id);
        this.set({});
      },
      typing: (news) => this.showTyping(news.active, news.name ?? null, news.author !== "agent"),
      conversation: (news) => this.meet(news),
      queue: (queue) => this.set({ queue }),
      read: ({ seq }) => this.view.conversation && this.set({ conversation: { ...this.view.conversation, seen: seq } }),
    });
  }

  /** Keep and send what the visitor wrote or chose. Returns whether it was taken. */
  send(parts: Part[], target?: string): boolean {
    const { conversation } = this.view.transcript;
    const into = conversation ? { conversation_id: conversation } : this.fresh ? { fresh: this.fresh } : {};
    if (!this.outbox.add(parts, { ...into, ...(target && { target }) })) return false;
    this.view.unseenFrom = null;
    this.refresh();
    this.wrote();
    void this.start();
    void this.sender.flush();
    return true;
  }

  retry(clientId: string): void {
    this.outbox.retry(clientId);
    this.refresh();
    void this.sender.flush();
  }

  drop(clientId: string): void {
    this.outbox.settle(clientId);
    this.refresh();
  }

  /** Say that the visitor is writing, at most every few seconds. */
  typing(): void {
    const now = Date.now();
    if (now - this.toldTyping < TYPING_TOLD_MS || !this.connection?.online) return;
    this.toldTyping = now;
    void this.connection.ask("typing", { active: true });
  }

  /** What was being written is sent: nobody shall go on reading that it is. */
  private wrote(): void {
    if (this.toldTyping === 0 || !this.connection?.online) return;
    this.toldTyping = 0;
    void this.connection.ask("typing", { active: false });
  }

  /** Send files up, to go with the next message. Resolves to how many did not fit; null without a connection. */
  async attach(files: Iterable<File>, words: UploadWords): Promise<number | null> {
    const chosen = [...files];
    await this.start();
    const session = keptSession(this.shelf);
    return session && this.uploads.add(chosen, session, words);
  }

  setOpen(open: boolean): void {
    this.set({ open });
    if (!open) return;
    void this.start();
    this.sawAll();
  }

  /** Come back as somebody the page knows: a signed identity, which the server verifies, or null to leave. */
  identify(identity: unknown): void {
    this.identity = identity ?? null;
    this.renew();
  }

  destroy(): void {
    removeEventListener("storage", this.onStorage);
    clearInterval(this.pollTimer);
    clearTimeout(this.typingTimer);
    clearTimeout(this.retryTimer);
    this.sender.stop();
    this.connection?.close();
    this.connection = null;
  }

  private async online(): Promise<void> {
    this.renewed = false;
    this.set({ link: "online", metBefore: true });
    await this.resume();
    await this.sender.flush();
  }

  private refused(error: SocketError): void {
    if (error.code === "unauthenticated" && !this.renewed) {
      this.renewed = true;
      this.renew();
    } else if (PASSING.has(error.code)) {
      this.retryTimer = setTimeout(() => this.connection?.retry(), (error.retry_after ?? 5) * 1_000);
    } else this.set({ link: "unavailable" });
  }

  // Another session may be another visitor: nothing of the one before stays on the screen.
  renew(): void {
    forgetSession(this.shelf);
    this.connection?.close();
    this.connection = null;
    this.set({ transcript: new Transcript(), conversation: null, queue: null, typing: null });
    void this.start(true);
  }

  /** Go on in another conversation, or (null) begin a new one with the next message. */
  turnTo(id: string | null): void {
    if (id !== null && id === this.view.transcript.conversation) return;
    this.fresh = id === null ? newId() : null;
    this.toldRead = 0;
    this.set({ transcript: new Transcript(id), conversation: null, queue: null, typing: null, awaiting: false, unseenFrom: null });
    this.refresh();
    if (this.fresh) void this.connection?.ask("resume", { fresh: true });
    else void this.resume();
  }

  /** Whether news of this conversation are for this window. */
  private mine(conversation: string): boolean {
    return this.view.transcript.conversation === conversation || (this.view.transcript.conversation === null && !this.fresh);
  }

  private receive(message: Message): void {
    if (!this.mine(message.conversation_id)) return;
    const { transcript } = this.view;
    const fresh = !transcript.messages.some((m) => m.id === message.id);
    const gap = transcript.take(message);
    if (message.direction === "out") {
      this.view.awaiting = false;
      this.showTyping(false, null, true);
      if (fresh) this.note(message);
    }
    this.settleKnown();
    this.set({});
    if (gap) void this.resume();
  }

  private note(message: Message): void {
    this.tell("message", message);
    if (this.view.open && document.visibilityState === "visible") this.sawAll();
    else {
      if (this.view.sound) chime();
      this.set({ unread: this.view.unread + 1, unseenFrom: this.view.unread ? this.view.unseenFrom : message.id });
      this.tell("unread", this.view.unread);
    }
  }

  private sawAll(): void {
    if (this.view.unread) {
      this.set({ unread: 0 });
      this.tell("unread", 0);
    }
    const { conversation, lastSeq } = this.view.transcript;
    if (!conversation || lastSeq <= this.toldRead || !this.connection?.online) return;
    this.toldRead = lastSeq;
    void this.connection.ask("read", { seq: lastSeq });
  }

  private meet(news: ConversationNews): void {
    if (!this.mine(news.id)) return;
    const { transcript } = this.view;
    if (news.floor_epoch !== undefined) transcript.raise(news.floor_epoch);
    if (news.id !== this.view.conversation?.id) this.toldRead = 0;
    this.set({ conversation: news, queue: news.state === "waiting" ? this.view.queue : null });
    this.tell("conversation", news);
    if (transcript.conversation === null) void this.resume();
  }

  // Ask for everything after what we know, page by page. One at a time.
  async resume(): Promise<void> {
    this.again = this.resuming;
    if (this.resuming || !this.connection || this.fresh) return;
    this.resuming = true;
    this.lastPoll = Date.now();
    try {
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const { conversation, lastSeq } = this.view.transcript;
        const asked = { last_seq: conversation ? lastSeq : null, ...(conversation && { conversation_id: conversation }) };
        const answer = await this.connection.ask<Resumed>("resume", asked);
        if ("error" in answer) return;
        if (answer.token) keepToken(this.shelf, answer.token);
        this.absorb(answer);
        if (!answer.more) return;
      }
    } finally {
      this.resuming = false;
      if (this.again) void this.resume();
    }
  }

  private absorb(answer: Resumed): void {
    if (answer.conversation && !this.mine(answer.conversation.id)) {
      // The one asked for is gone, or the visitor turned to another meanwhile.
      if (!this.fresh && this.view.transcript.messages.length === 0) this.set({ transcript: new Transcript() });
      else return;
    }
    const { transcript } = this.view;
    const first = transcript.messages.length === 0;
    for (const { prev_seq: _, ...message } of answer.messages) {
      const fresh = !transcript.messages.some((m) => m.id === message.id);
      transcript.take(message);
      if (message.direction !== "out") continue;
      this.view.awaiting = false;
      if (fresh && !first) this.note(message);
    }
    if (answer.conversation) {
      transcript.reached(answer.conversation.id, answer.seq);
      if (answer.conversation.floor_epoch !== undefined) transcript.raise(answer.conversation.floor_epoch);
      this.set({ conversation: answer.conversation, queue: answer.queue ?? null });
    }
    for (const delta of answer.deltas) transcript.grow(delta);
    this.settleKnown();
    if (this.view.open) this.sawAll();
    this.set({});
  }

  // The server's own copy of a message confirms it as well as an acknowledgement does.
  private settleKnown(): void {
    for (const entry of this.outbox.all()) if (this.view.transcript.has(entry.client_id)) this.outbox.settle(entry.client_id);
    this.view.pending = this.pendingHere();
  }

  /** The server has it: it stands in the log at once, as the server will tell it. */
  private accepted(entry: Pending, answer: Accepted): void {
    if (entry.fresh && entry.fresh === this.fresh) this.fresh = null;
    if (!this.mine(answer.conversation_id)) return;
    this.view.awaiting = true;
    if (this.view.transcript.messages.some((m) => m.id === answer.id)) return;
    const { id, conversation_id, seq } = answer;
    const { parts, at, client_id } = entry;
    this.view.transcript.take({ id, conversation_id, seq, direction: "in", author: { kind: "contact" }, parts, at, client_id });
  }

  private showTyping(active: boolean, name: string | null, bot: boolean): void {
    clearTimeout(this.typingTimer);
    this.set({ typing: active && this.view.transcript.streams.size === 0 ? { name, bot } : null });
    if (active) this.typingTimer = setTimeout(() => this.set({ typing: null }), TYPING_SHOWN_MS);
  }

  // Hints may be lost, or Redis be down: what is owed is asked for anyway.
  private poll(): void {
    if (!this.connection?.online || document.visibilityState !== "visible") return;
    const every = this.view.awaiting ? POLL_AWAITING_MS : POLL_MS;
    if (Date.now() - this.lastPoll >= every) void this.resume();
  }

  private refresh(): void {
    this.set({ pending: this.pendingHere() });
  }

  /** What waits to be sent in the conversation that is shown. */
  private pendingHere(): Pending[] {
    const { conversation } = this.view.transcript;
    return this.outbox.all().filter((entry) => (entry.conversation_id ? entry.conversation_id === conversation : (entry.fresh ?? null) === this.fresh));
  }

  set(part: Partial<View>): void {
    Object.assign(this.view, part);
    this.changed();
  }
}
