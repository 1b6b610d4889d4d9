import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { keepDraft, newest, readDraft, type Mode } from "./drafts";

const LATER = 1_200;

/** What is being written in one conversation, reply and note apart. */
export function useDraft(conversation: string) {
  const { tenant } = useHere();
  const [texts, setTexts] = useState<Record<Mode, string>>(() => ({
    reply: readDraft(conversation, "reply")?.text ?? "",
    note: readDraft(conversation, "note")?.text ?? "",
  }));
  const touched = useRef(false);
  const path = { tenant, conversation };
  const there = useQuery({
    queryKey: ["draft", tenant, conversation],
    queryFn: () =>
      unwrap(api.GET("/api/v1/tenants/{tenant}/conversations/{conversation}/draft", { params: { path } })),
    staleTime: Infinity,
    gcTime: 0,
  }).data;
  useEffect(() => {
    if (!there || touched.current) return;
    const of = (mode: Mode) =>
      newest(readDraft(conversation, mode), there.items.find((draft) => draft.note === (mode === "note")));
    setTexts({ reply: of("reply"), note: of("note") });
  }, [there, conversation]);

  const store = useCallback(
    (mode: Mode, text: string) =>
      void api
        .PUT("/api/v1/tenants/{tenant}/conversations/{conversation}/draft", {
          params: { path: { tenant, conversation } },
          body: { text, note: mode === "note" },
        })
        .catch(() => undefined), // This browser keeps it meanwhile.
    [tenant, conversation],
  );
  const later = useDebouncedCallback(store, { delay: LATER, flushOnUnmount: true });
  const write = useCallback(
    (mode: Mode, text: string) => {
      touched.current = true;
      setTexts((before) => ({ ...before, [mode]: text }));
      keepDraft(conversation, mode, text);
      later(mode, text);
    },
    [conversation, later],
  );
  return { texts, write };
}
