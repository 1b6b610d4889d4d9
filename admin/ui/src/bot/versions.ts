// Versions of what the bot is told, the newest first, and the one that answers.
import { useInfiniteQuery } from "@tanstack/react-query";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { part } from "../owner/pages";

export type Version = Schemas["PromptView"];
export const versionsKey = (tenant: string) => ["prompts", tenant] as const;

export function useVersions() {
  const { tenant } = useHere();
  return useInfiniteQuery({
    queryKey: versionsKey(tenant),
    queryFn: ({ pageParam }) => unwrap(api.GET("/api/v1/tenants/{tenant}/prompts", { params: { path: { tenant }, query: part(pageParam, 50) } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
}

/** The version that answers; undefined while that is not known, null where the settings alone count. */
export function useVersionInUse(): Version | null | undefined {
  const pages = useVersions().data?.pages;
  return pages && (pages.flatMap(({ items }) => items).find((one) => one.in_use) ?? null);
}
