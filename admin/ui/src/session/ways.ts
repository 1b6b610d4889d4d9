// How one can sign in here, and why a way did not work.
import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import { problemOf, unwrap } from "../api/problem";
import type { Say } from "../i18n";
import { wordsFor } from "../ui/ProblemNotice";

export const waysQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: () => unwrap(api.GET("/api/v1/auth/providers")),
  staleTime: 60_000,
});

const KNOWN = [
  ...(["declined", "expired", "unavailable", "unverified", "unknown", "connect_first"] as const),
  ...(["taken", "another", "invitation", "other_person"] as const),
];

/** What to say of the reason that a provider's way back brought along. */
export function troubleWords(reason: string | undefined, t: Say): string | null {
  if (!reason) return null;
  const known = KNOWN.find((one) => one === reason);
  return t(known ? `session.trouble_${known}` : "session.providerFailed");
}

/** What to say when a provider's page could not even be asked for. */
export function startWords(error: unknown, t: Say): string {
  const problem = problemOf(error);
  return problem.status === 503 ? t("session.trouble_unavailable") : wordsFor(problem, t);
}
