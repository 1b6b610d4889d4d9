// Socket.IO in the namespace /agent. What comes is turned into hints, whatever the server calls them.
import type { Socket } from "socket.io-client";

/** Something happened: look again. `conversation` says where, if it was in one. */
export interface Hint {
  kind: string;
  conversation?: string;
  seq?: number;
  /** Who is at the conversation. */
  people?: Present[];
  data: Record<string, unknown>;
}

/** Somebody at a conversation: viewing, typing or noting. The customer is there as `contact`, while they write. */
export interface Present {
  id: string;
  name: string | null;
  state: string;
}

export interface LiveSocket {
  /** `answered` gets what the server acknowledges with, unless it refuses. */
  tell(event: string, data: Record<string, unknown>, answered?: (answer: Hint) => void): void;
  close(): void;
}

/** Kinds of hints that say nothing about what is stored. */
export const QUIET: ReadonlySet<string> = new Set(["typing", "presence", "inbox.presence", "message.delta", "message.withdrawn"]);

const ANSWER_MS = 10_000;

interface Listeners {
  hint: (hint: Hint) => void;
  /** Whether hints come from now on: what was fetched before may lack what happened meanwhile. */
  state: (open: boolean) => void;
}

/** Opens the socket behind the page's start: the inbox can be read before the library is there. */
export function openSocket(tenant: string, listeners: Listeners): LiveSocket {
  let socket: Socket | null = null;
  let closed = false;
  void import("socket.io-client").then(({ io }) => {
    if (closed) return;
    const opened = io("/agent", {
      path: "/socket.io/",
      query: { tenant },
      auth: { tenant },
      transports: ["websocket", "polling"],
      reconnectionDelay: 1_000,
      reconnectionDelayMax: 20_000,
    });
    opened.on("connect", () => void subscribe(opened, listeners.state));
    opened.on("disconnect", () => listeners.state(false));
    opened.on("connect_error", () => listeners.state(false));
    opened.onAny((event: string, data: unknown) => listeners.hint(hintOf(event, data)));
    socket = opened;
  });
  return {
    tell(event, data, answered) {
      if (socket?.connected) socket.emit(event, data, (answer: unknown) => answered?.(hintOf(event, answer)));
    },
    close() {
      closed = true;
      socket?.close();
    },
  };
}

/** Connected, a page hears nothing yet: hints come once the server says that it has joined the inbox. */
async function subscribe(socket: Socket, state: Listeners["state"]): Promise<void> {
  const { id } = socket; // another one after each loss
  while (socket.id === id) {
    const answer: unknown = await socket.timeout(ANSWER_MS).emitWithAck("inbox.subscribe", {}).catch(() => null);
    if (socket.id === id && (answer as { ok?: boolean } | null)?.ok) return state(true);
    await new Promise((later) => setTimeout(later, ANSWER_MS));
  }
}

export function hintOf(kind: string, given: unknown): Hint {
  const data = given !== null && typeof given === "object" ? (given as Record<string, unknown>) : {};
  const conversation = data["conversation_id"];
  const [seq, people] = [data["seq"], data["people"]];
  return {
    kind,
    data,
    ...(typeof conversation === "string" ? { conversation } : {}),
    ...(typeof seq === "number" ? { seq } : {}),
    ...(Array.isArray(people) ? { people: people.filter(isPresent) } : {}),
  };
}

function isPresent(one: unknown): one is Present {
  return one !== null && typeof one === "object" && typeof (one as Present).id === "string";
}
