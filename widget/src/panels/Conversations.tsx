// The visitor's conversations: begin one, find one, go on in it, name it, delete it.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat";
import type { Speech } from "../i18n";
import { Icon } from "../ui/icons";
import { type Listed, listConversations, removeConversation, renameConversation } from "./calls";
import { lent } from "./lent";
import { Sheet, type SheetProps } from "./sheet";

const TYPED_MS = 200;

export function Conversations({ chat, speech, onClose }: SheetProps) {
  const [items, setItems] = useState<Listed[] | null>(null);
  const [typed, setTyped] = useState("");
  const [failed, setFailed] = useState(false);
  const latest = useRef(0);
  const load = async (words: string): Promise<void> => {
    const mine = ++latest.current;
    const found = await listConversations(chat, words);
    if (mine !== latest.current) return;
    // Who never wrote has no conversations, and no session to ask under.
    setItems(found ?? []);
    setFailed(found === null && chat.view.metBefore);
  };
  useEffect(() => {
    const wait = setTimeout(() => void load(typed), items ? TYPED_MS : 0);
    return () => clearTimeout(wait);
  }, [typed]);
  const go = (id: string | null): void => {
    chat.turnTo(id);
    onClose();
  };
  return (
    <Sheet title={speech.say("conversations")} speech={speech} onClose={onClose}>
      <div class="sheet-tools">
        <input type="search" value={typed} maxLength={200} dir="auto" aria-label={speech.say("findConversation")} placeholder={speech.say("findConversation")} onInput={(event) => setTyped(event.currentTarget.value)} />
        <button type="button" class="main" onClick={() => go(null)}>
          <Icon name="plus" small />
          {speech.say("newConversation")}
        </button>
      </div>
      <div role="status" class="sheet-note">
        {failed ? speech.say("notNow") : items === null ? speech.say("loading") : items.length ? "" : speech.say(typed.trim() ? "nothingFound" : "noConversations")}
      </div>
      <ul class="threads">
        {(items ?? []).map((item) => (
          <Thread key={item.id} item={item} chat={chat} speech={speech} onGo={() => go(item.id)} onChanged={() => void load(typed)} />
        ))}
      </ul>
    </Sheet>
  );
}

function Thread({ item, chat, speech, onGo, onChanged }: { item: Listed; chat: Chat; speech: Speech; onGo(): void; onChanged(): void }) {
  const [act, setAct] = useState<"rename" | "remove" | null>(null);
  const [title, setTitle] = useState("");
  const [failed, setFailed] = useState(false);
  const box = useRef<HTMLLIElement>(null);
  const open = item.id === chat.view.transcript.conversation;
  const shown = item.title || speech.say("untitled");
  useLayoutEffect(() => {
    if (act) box.current?.querySelector<HTMLElement>("input, .danger")?.focus();
  }, [act]);
  const close = (): void => {
    setAct(null);
    setFailed(false);
    box.current?.querySelector<HTMLElement>(".thread")?.focus();
  };
  const finish = async (work: Promise<boolean>): Promise<void> => {
    if (!(await work)) return setFailed(true);
    close();
    onChanged();
    // This row may be gone in a moment; the focus must not go with it.
    if (act === "remove") box.current?.closest(".sheet")?.querySelector("input")?.focus();
  };
  const rename = (): void => {
    if (title.trim() && title.trim() !== item.title) void finish(renameConversation(chat, item.id, title.trim()));
    else close();
  };
  const remove = async (): Promise<boolean> => {
    const gone = await removeConversation(chat, item.id);
    if (gone && open) chat.turnTo(null);
    return gone;
  };
  return (
    <li
      ref={box}
      data-open={open ? "" : undefined}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !act) return;
        event.stopPropagation();
        close();
      }}
    >
      <div class="thread-row">
        <button type="button" class="thread" aria-current={open ? "true" : undefined} onClick={onGo}>
          <span class="thread-title" dir="auto">
            {shown}
          </span>
          <time dateTime={item.last_message_at ?? item.opened_at}>{when(speech, item.last_message_at ?? item.opened_at)}</time>
          <span class="thread-words" dir="auto">
            {item.last_words}
          </span>
          {open ? <span class="thread-mark">{speech.say("current")}</span> : item.unread > 0 && <span class="thread-mark">{speech.say("unreadCount", { n: item.unread })}</span>}
        </button>
        <button type="button" class="plain" aria-label={speech.say("rename", { title: shown })} onClick={() => (setTitle(item.title ?? ""), setAct("rename"))}>
          <Icon name="edit" small />
        </button>
        <button type="button" class="plain" aria-label={speech.say("remove", { title: shown })} onClick={() => setAct("remove")}>
          <Icon name="bin" small />
        </button>
      </div>
      {act === "rename" && (
        <form class="thread-act" onSubmit={(event) => (event.preventDefault(), rename())}>
          <input value={title} maxLength={80} dir="auto" aria-label={speech.say("titleOf")} onInput={(event) => setTitle(event.currentTarget.value)} />
          <button type="button" class="link" onClick={close}>
            {speech.say("cancel")}
          </button>
          <button type="submit" class="choice">
            {speech.say("save")}
          </button>
        </form>
      )}
      {act === "remove" && (
        <div class="thread-act" role="group" aria-label={speech.say("removeSure")}>
          <span>{speech.say("removeSure")}</span>
          <button type="button" class="link" onClick={close}>
            {speech.say("cancel")}
          </button>
          <button type="button" class="choice danger" onClick={() => void finish(remove())}>
            {speech.say("reallyRemove")}
          </button>
        </div>
      )}
      {failed && (
        <p class="failed" role="alert">
          {speech.say("notNow")}
        </p>
      )}
    </li>
  );
}

function when(speech: Speech, iso: string): string {
  return new Date(iso).toDateString() === new Date().toDateString() ? lent.clock(speech.locale, iso) : lent.day(speech.locale, iso);
}
