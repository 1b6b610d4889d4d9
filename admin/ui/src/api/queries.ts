// The cache of what was fetched. Calls are tried again only where that can help.
import { QueryClient } from "@tanstack/react-query";
import { OFFLINE, problemOf } from "./problem";

const PASSING = new Set([OFFLINE, "unavailable", "internal", "fence_lost"]);

/** Whether the same call may succeed a moment later. */
export function passes(error: unknown): boolean {
  return PASSING.has(problemOf(error).code);
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 2 && passes(error),
      retryDelay: (attempt) => Math.min(8000, 600 * 2 ** attempt),
      staleTime: 5_000,
      networkMode: "always",
    },
    mutations: { networkMode: "always", retry: false },
  },
});
