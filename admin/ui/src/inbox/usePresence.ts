// Who else is here, and who writes. Hints only: they fade by themselves, and nothing depends on them.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useMe } from "../app/access";
import { useSay } from "../i18n";
import { useLive } from "../live/LiveProvider";
import type { Present } from "../live/socket";

const AGAIN = 3_000;
/** Nobody says when somebody stopped writing without a word: asked again this often while anybody writes. */
const LOOK_AGAIN = 4_000;
const CONTACT = "contact";

/** A colleague who is here too, and what they do in words. */
export interface Other {
  id: string;
  name: string;
  words: string;
}

export function usePresence(conversation: string) {
  const live = useLive();
  const t = useSay();
  const me = useMe();
  const [people, setPeople] = useState<readonly Present[]>([]);
  const last = useRef(0);

  useEffect(() => {
    setPeople([]);
    live.tell("conversation.open", { conversation_id: conversation }, (answer) => setPeople(answer.people ?? []));
    return () => live.tell("conversation.close", { conversation_id: conversation });
  }, [live, conversation]);
  useEffect(
    () =>
      live.listen((hint) => {
        if (hint.kind === "presence" && hint.conversation === conversation) setPeople(hint.people ?? []);
      }),
    [live, conversation],
  );
  useEffect(() => {
    const seen = () => live.tell("presence", { conversation_id: conversation, active: !document.hidden });
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, [live, conversation]);

  const others = useMemo<Other[]>(
    () =>
      people
        .filter(({ id }) => id !== me.person.id && id !== CONTACT)
        .map(({ id, name, state }) => {
          const who = name ?? t("message.colleague");
          return { id, name: who, words: state === "viewing" ? who : t("inbox.isWriting", { name: who }) };
        }),
    [people, me.person.id, t],
  );
  const writes = people.some(({ state }) => state !== "viewing");
  useEffect(() => {
    if (!writes) return;
    const look = () => live.tell("conversation.open", { conversation_id: conversation }, (answer) => setPeople(answer.people ?? []));
    const timer = setInterval(look, LOOK_AGAIN);
    return () => clearInterval(timer);
  }, [live, conversation, writes]);
  const customerWrites = people.some(({ id, state }) => id === CONTACT && state !== "viewing");
  const typing = useCallback(
    (note: boolean, active: boolean) => {
      if (active ? Date.now() - last.current < AGAIN : last.current === 0) return;
      last.current = active ? Date.now() : 0;
      live.tell("typing", { conversation_id: conversation, active, note });
    },
    [live, conversation],
  );
  return { others, customerWrites, typing };
}
