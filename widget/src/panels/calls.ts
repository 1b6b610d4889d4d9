// What the panels ask the hub for. Each resolves to null, or false, where it could not be had.

import type { Chat } from "../chat";
import type { ConversationState } from "../protocol";
import { keptSession } from "../session";

export interface Listed {
  id: string;
  state: ConversationState;
  title: string | null;
  last_words: string;
  unread: number;
  opened_at: string;
  last_message_at: string | null;
}

/** The hub's answer, whatever it is; null without a session or a connection. */
export async function ask(chat: Chat, method: string, path: string, body?: object): Promise<Response | null> {
  const session = keptSession(chat.shelf);
  if (!session) return null;
  const headers: Record<string, string> = { Authorization: `Bearer ${session.token}` };
  if (body) headers["Content-Type"] = "application/json";
  try {
    return await fetch(new URL(`api/v1/visitor${path}`, chat.base), {
      method,
      headers,
      credentials: "omit",
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch {
    return null;
  }
}

/** The hub's answer where it did what was asked. */
export async function call(chat: Chat, method: string, path: string, body?: object): Promise<Response | null> {
  const answer = await ask(chat, method, path, body);
  return answer?.ok ? answer : null;
}

export async function listConversations(chat: Chat, words: string): Promise<Listed[] | null> {
  const answer = await call(chat, "GET", `/conversations${words.trim() ? `?q=${encodeURIComponent(words.trim())}` : ""}`);
  return answer ? ((await answer.json()) as { items: Listed[] }).items : null;
}

export async function renameConversation(chat: Chat, id: string, title: string): Promise<boolean> {
  return (await call(chat, "PATCH", `/conversations/${id}`, { title })) !== null;
}

export async function removeConversation(chat: Chat, id: string): Promise<boolean> {
  return (await call(chat, "DELETE", `/conversations/${id}`)) !== null;
}
