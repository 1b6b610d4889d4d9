// A version or a model that is tried beside what is in use, and how both do.
import { useQuery } from "@tanstack/react-query";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";

export type Contest = Schemas["ContestView"];
export type Arm = Schemas["ArmView"];
/** Begins with "live": counted again after each hint that something happened. */
export const contestKey = (tenant: string) => ["live", "contest", tenant] as const;
/** Answers of one version below which a difference says little. */
export const FEW = 30;

export function useContest() {
  const { tenant } = useHere();
  return useQuery({
    queryKey: contestKey(tenant),
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/prompts/contest", { params: { path: { tenant } } })),
    refetchInterval: 15_000,
  });
}

/** The figures of one side; zeros where it gave no answer yet. */
export function armOf(contest: Contest, tried: boolean): Arm {
  const version = tried && contest.prompt_id ? contest.version : contest.in_use;
  const none = { conversations: 0, messages: 0, answered: 0, unanswered: 0, handed_over: 0, support: null, up: 0, down: 0, cost: null };
  return contest.arms.find((arm) => arm.tried === tried) ?? { tried, version, model: tried ? contest.model : null, ...none };
}
