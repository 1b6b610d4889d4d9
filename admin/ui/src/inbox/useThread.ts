// The open conversation's messages: the last ones first, older ones when somebody scrolls up, what is new when told.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { again } from "../live/again";
import { useLive, usePace } from "../live/LiveProvider";
import { QUIET } from "../live/socket";
import { threadKey, type Message } from "./data";
import { knownUpTo, merge, type Thread } from "./merge";

const FIRST = 60;
const OLDER = 150;
const OVERLAP = 60;
const MOST = 200;
const END = Number.MAX_SAFE_INTEGER;

type Messages = Thread<Message>;

export function useThread(conversation: string) {
  const { tenant } = useHere();
  const client = useQueryClient();
  const live = useLive();
  const pace = usePace();
  const key = threadKey(tenant, conversation);
  const [fetchingOlder, setFetchingOlder] = useState(false);
  const busy = useRef(false);

  const read = useCallback(
    (query: { limit: number; before?: number; after?: number }) =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/conversations/{conversation}/messages", {
          params: { path: { tenant, conversation }, query },
        }),
      ),
    [tenant, conversation],
  );

  const query = useQuery({
    queryKey: key,
    queryFn: async (): Promise<Messages> => {
      const known = client.getQueryData<Messages>(key);
      if (!known || known.items.length === 0) {
        const { items } = await read({ limit: FIRST, before: END });
        return { items: [...items], whole: items.length < FIRST };
      }
      const came: Message[] = [];
      let after = knownUpTo(known.items, OVERLAP);
      for (;;) {
        const page = await read({ limit: MOST, after });
        came.push(...page.items);
        if (page.next_cursor === null || page.items.length === 0) break;
        after = page.items.at(-1)!.seq;
      }
      // What was scrolled to meanwhile is kept: the newest state is merged into, not the one this began with.
      const now = client.getQueryData<Messages>(key) ?? known;
      return { items: merge(now.items, came), whole: now.whole };
    },
    refetchInterval: pace,
    staleTime: 0,
    gcTime: 5 * 60_000,
  });

  useEffect(
    () =>
      live.listen((hint) => {
        if (hint.conversation === conversation && !QUIET.has(hint.kind)) void again(client, threadKey(tenant, conversation));
      }),
    [live, client, tenant, conversation],
  );

  const older = useCallback(async () => {
    const known = client.getQueryData<Messages>(key);
    const first = known?.items[0];
    if (busy.current || !known || known.whole || !first) return;
    busy.current = true;
    setFetchingOlder(true);
    try {
      const { items } = await read({ limit: OLDER, before: first.seq });
      client.setQueryData<Messages>(key, (now) => ({
        items: merge(items, now?.items ?? []),
        whole: items.length < OLDER,
      }));
    } finally {
      busy.current = false;
      setFetchingOlder(false);
    }
    // `key` is made of tenant and conversation, which `read` stands for.
  }, [client, read]);

  return { ...query, older, fetchingOlder };
}

/** The newest message that was shown here, for a send that must not cross another one. */
export function useNewestSeq(conversation: string): () => number {
  const { tenant } = useHere();
  const client = useQueryClient();
  return () => client.getQueryData<Messages>(threadKey(tenant, conversation))?.items.at(-1)?.seq ?? 0;
}
