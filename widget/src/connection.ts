// The socket: connects under the visitor's token, comes back by itself, and asks for what was missed.

import { io, type Socket } from "socket.io-client";
import type { Ack, ConversationNews, Delta, Message, QueueNews, SocketError } from "./protocol";

export interface Listener {
  online(): void;
  offline(): void;
  refused(error: SocketError): void;
  message(message: Message): void;
  delta(delta: Delta): void;
  withdrawn(id: string): void;
  typing(news: { active: boolean; name?: string | null; author?: string }): void;
  conversation(news: ConversationNews): void;
  queue(news: QueueNews): void;
  read(news: { seq: number }): void;
}

const ACK_MS = 10_000;
const LOST: SocketError = { code: "timeout", message: "" };

export class Connection {
  private readonly socket: Socket;

  constructor(base: URL, site: string, token: string, listener: Listener) {
    this.socket = io(new URL("/visitor", base).href, {
      path: new URL("socket.io", base).pathname,
      auth: { token },
      query: { site },
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      timeout: 8_000,
      reconnectionDelay: 500,
      reconnectionDelayMax: 15_000,
      withCredentials: false,
      forceNew: true,
    });
    this.socket.on("connect", () => listener.online());
    this.socket.on("disconnect", (reason) => {
      listener.offline();
      // The server closed this socket on purpose; socket.io leaves it to us to come back.
      if (reason === "io server disconnect") setTimeout(() => this.socket.connect(), 2_000);
    });
    this.socket.on("connect_error", (error: Error & { data?: SocketError }) => {
      listener.offline();
      // A network may let a web socket open and close it at once: plain requests first, then.
      this.socket.io.opts.transports = ["polling", "websocket"];
      if (!this.socket.active) listener.refused(error.data ?? { code: "refused", message: error.message });
    });
    this.socket.on("message", (message: Message) => listener.message(message));
    this.socket.on("message.delta", (delta: Delta) => listener.delta(delta));
    this.socket.on("message.withdrawn", (news: { message_id: string }) => listener.withdrawn(news.message_id));
    this.socket.on("typing", (news) => listener.typing(news));
    this.socket.on("conversation", (news: ConversationNews) => listener.conversation(news));
    this.socket.on("queue", (news: QueueNews) => listener.queue(news));
    this.socket.on("read", (news: { seq: number }) => listener.read(news));
  }

  get online(): boolean {
    return this.socket.connected;
  }

  /** Emit and wait for the server's word. Never throws: no answer in time is an error like any other. */
  async ask<T extends object>(event: string, data: object): Promise<Ack<T>> {
    if (!this.online) return { error: LOST };
    try {
      return (await this.socket.timeout(ACK_MS).emitWithAck(event, data)) as Ack<T>;
    } catch {
      return { error: LOST };
    }
  }

  /** Try again after the server refused, for instance because it had reached a limit. */
  retry(): void {
    this.socket.connect();
  }

  close(): void {
    this.socket.removeAllListeners();
    this.socket.disconnect();
  }
}
