// Who is signed in, where they belong, and what they may do there.
import { queryOptions, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { queries } from "../api/queries";

/** Not a tenant's permission: those who run the hub have it. */
export const PLATFORM = "platform";

export type Me = Schemas["MeView"];
export type Member = Me["memberships"][number];

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => unwrap(api.GET("/api/v1/me")),
  staleTime: 60_000,
});

/** Keeps a fresh answer about who is signed in, as after signing in. */
export function signedInAs(me: Me): void {
  queries.setQueryData(meQuery.queryKey, me);
}

export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

/** The same, where nobody may be signed in. */
export function useMaybeMe(): Me | undefined {
  return useQuery({ ...meQuery, retry: false, throwOnError: false }).data;
}

export interface Here {
  /** The tenant's slug, for addresses. */
  slug: string;
  /** The tenant's id, for calls. */
  tenant: string;
  name: string;
  role: string;
  may: (permission: string) => boolean;
}

export function memberOf(me: Me, slug: string): Member | undefined {
  return me.memberships.find((one) => one.slug === slug || one.tenant_id === slug);
}

/** The tenant in the address, and what whoever is signed in may do there. Only within its pages. */
export function useHere(): Here {
  const { tenant: slug } = useParams({ strict: false }) as { tenant: string };
  const me = useMe();
  const member = memberOf(me, slug);
  const foreign = useQuery({
    queryKey: ["tenant", slug],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}", { params: { path: { tenant: slug } } })),
    enabled: member === undefined && me.person.platform_admin,
    staleTime: Infinity,
  }).data;
  return useMemo(() => {
    if (member) {
      const allowed = new Set<string>(member.permissions);
      if (me.person.platform_admin) allowed.add(PLATFORM);
      const { tenant_id: tenant, name, role } = member;
      return { slug: member.slug, tenant, name, role, may: (permission: string) => allowed.has(permission) };
    }
    return { slug, tenant: foreign?.id ?? slug, name: foreign?.name ?? slug, role: "platform", may: () => true };
  }, [member, slug, foreign, me.person.platform_admin]);
}
