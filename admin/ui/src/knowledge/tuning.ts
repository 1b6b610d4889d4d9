// How a search is tuned: the tenant's own settings, tried in one search before they are kept.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";

export interface Tuning {
  method: string;
  vector_weight: number | null;
  min_similarity: number;
  diversity: number;
  freshness_days: number | null;
  typo_tolerance: boolean;
  parents: boolean;
  rerank: boolean;
}

/** As the hub searches without any settings. `vector_weight` null: the weight that measured best. */
export const USUAL: Tuning = {
  method: "hybrid",
  vector_weight: null,
  min_similarity: 0,
  diversity: 0,
  freshness_days: null,
  typo_tolerance: true,
  parents: false,
  rerank: false,
};

type Settings = Record<string, unknown>;

export const tenantKey = (tenant: string) => ["tenant-settings", tenant] as const;

export function useTenantSettings() {
  const { tenant } = useHere();
  return useQuery({
    queryKey: tenantKey(tenant),
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}", { params: { path: { tenant } } })),
  });
}

/** Changes one part of the tenant's settings and leaves the others as they are now. */
export function useKeepSettings(): (part: string, value: Settings) => Promise<unknown> {
  const { tenant } = useHere();
  const client = useQueryClient();
  return async (part, value) => {
    const at = { params: { path: { tenant } } };
    const now = await unwrap(api.GET("/api/v1/tenants/{tenant}", at));
    const before = now.settings[part];
    const merged = { ...(before !== null && typeof before === "object" ? (before as Settings) : {}), ...value };
    const saved = await unwrap(api.PATCH("/api/v1/tenants/{tenant}", { ...at, body: { settings: { ...now.settings, [part]: merged } } }));
    client.setQueryData(tenantKey(tenant), saved);
    return saved;
  };
}

export function tuningOf(settings: Settings | undefined): Tuning {
  const kept = settings?.["search"];
  if (kept === null || typeof kept !== "object") return USUAL;
  const known = Object.entries(kept).filter(([name]) => name in USUAL);
  return { ...USUAL, ...Object.fromEntries(known) };
}

/** What differs from the usual, as the API takes it. */
export function wanted(tuning: Tuning): Settings {
  return Object.fromEntries(Object.entries(tuning).filter(([, value]) => value !== null));
}
