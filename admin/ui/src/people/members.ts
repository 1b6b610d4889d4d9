// The tenant's people by id, for names beside what they did.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere, useMe } from "../app/access";
import { useSay } from "../i18n";

export type MemberView = Schemas["MemberView"];

export interface Members {
  all: readonly MemberView[];
  pending: boolean;
  /** Why they could not be had, and the way to ask again. */
  error: unknown;
  retry: () => void;
  /** A colleague's name; "You" for oneself; the id's kind in words for keys and the operator. */
  nameOf: (id: string) => string;
}

export function useMembers(): Members {
  const t = useSay();
  const me = useMe();
  const { tenant, may } = useHere();
  const { data, isLoading, error, refetch } = useQuery({
    queryKey: ["members", tenant],
    queryFn: () =>
      unwrap(api.GET("/api/v1/tenants/{tenant}/members", { params: { path: { tenant }, query: { limit: 200 } } })),
    enabled: may("members:read"),
    staleTime: 60_000,
  });
  return useMemo(() => {
    const all = data?.items ?? [];
    const names = new Map(all.map((one) => [one.id, one.name]));
    const nameOf = (id: string) => {
      if (id === me.person.id) return t("people.you");
      if (id.startsWith("key:")) return t("people.program");
      if (id === "operator") return t("people.operator");
      return names.get(id) ?? t("people.formerColleague");
    };
    return { all, nameOf, pending: isLoading, error: data ? null : error, retry: () => void refetch() };
  }, [data, isLoading, error, refetch, me.person.id, t]);
}
