import { useQuery } from "@tanstack/react-query";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import type { OwnKey } from "../i18n/owner";
import type { Mood } from "../owner/Chip";

export type Document = Schemas["DocumentView"];
export type Source = Schemas["SourceView"];
export type Context = Schemas["ContextView"];

export const documentsKey = (tenant: string) => ["documents", tenant] as const;
export const sourcesKey = (tenant: string) => ["sources", tenant] as const;
export const contextsKey = (tenant: string) => ["contexts", tenant] as const;

/** How often to look while something is being read, in milliseconds. */
export const BUSY_PACE = 1_500;

export const STATES: Record<Document["status"], { mood: Mood; word: OwnKey }> = {
  queued: { mood: "waits", word: "knowledge.queued" },
  processing: { mood: "busy", word: "knowledge.processing" },
  ready: { mood: "good", word: "knowledge.ready" },
  failed: { mood: "bad", word: "knowledge.failed" },
};

export function busy(document: Document): boolean {
  return document.status === "queued" || document.status === "processing";
}

export function useContexts() {
  const { tenant } = useHere();
  return useQuery({
    queryKey: contextsKey(tenant),
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/contexts", { params: { path: { tenant }, query: { limit: 200 } } })),
  });
}
