// What the inbox shows, fetched. Everything under "live" is fetched again on a hint, after a sleep and on reconnect.
import { keepPreviousData, useInfiniteQuery, useQuery, type QueryClient } from "@tanstack/react-query";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { LISTS } from "../app/lists";
import type { InboxSearch } from "../app/pages";
import { again } from "../live/again";
import { usePace } from "../live/LiveProvider";

export type Item = Schemas["ConversationItem"];
export type Message = Schemas["ThreadMessage"];
export type Part = Message["parts"][number];
export type Citation = Message["citations"][number];

const PAGE = 50;
type Sort = NonNullable<InboxSearch["sort"]>;

/** Who waits longest comes first where people wait; elsewhere the newest. */
export function usualSort(list: string): Sort {
  return list === "needs_person" ? "queue" : "newest";
}

export const listKey = (tenant: string, list: string, search: InboxSearch) => ["live", "list", tenant, list, search];

export function useList(list: string, search: InboxSearch) {
  const { tenant } = useHere();
  const pace = usePace();
  const builtIn = LISTS.some((one) => one.id === list);
  return useInfiniteQuery({
    queryKey: listKey(tenant, list, search),
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/conversations", {
          params: {
            path: { tenant },
            query: {
              ...(builtIn ? { queue: list as never } : { view: list }),
              ...(search.q ? { search: search.q } : {}),
              ...(search.channel ? { channel_kind: [search.channel] } : {}),
              sort: (search.sort ?? usualSort(list)) as never,
              limit: PAGE,
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: pace,
    placeholderData: keepPreviousData,
  });
}

export function useCounts() {
  const { tenant } = useHere();
  const pace = usePace();
  return useQuery({
    queryKey: ["live", "counts", tenant],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/conversations/counts", { params: { path: { tenant } } })),
    refetchInterval: pace,
  }).data;
}

export function useViews() {
  const { tenant } = useHere();
  return useQuery({
    queryKey: ["views", tenant],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/views", { params: { path: { tenant } } })),
    staleTime: 60_000,
  }).data?.items;
}

export const conversationKey = (tenant: string, id: string) => ["live", "conversation", tenant, id];

export function useConversation(id: string) {
  const { tenant } = useHere();
  const pace = usePace();
  return useQuery({
    queryKey: conversationKey(tenant, id),
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/conversations/{conversation}", {
          params: { path: { tenant, conversation: id } },
        }),
      ),
    refetchInterval: pace,
  });
}

export const threadKey = (tenant: string, id: string) => ["live", "thread", tenant, id];

export const listKeys = (tenant: string) => [
  ["live", "list", tenant],
  ["live", "counts", tenant],
];

/** After an act: the conversation, the lists and their counts may all have changed. */
export async function look(client: QueryClient, tenant: string, conversation?: string): Promise<void> {
  const keys = listKeys(tenant);
  if (conversation) keys.push(conversationKey(tenant, conversation), threadKey(tenant, conversation));
  await Promise.all(keys.map((key) => again(client, key)));
}
