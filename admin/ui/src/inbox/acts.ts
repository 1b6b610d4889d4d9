// What can be done to a conversation: one call each, said when done, with the way back the hub gives.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { api } from "../api/client";
import { problemOf, unwrap, type Problem } from "../api/problem";
import { useHere, useMe } from "../app/access";
import { useSay, type TextKey } from "../i18n";
import { useMembers } from "../people/members";
import { failed, refused, told } from "../ui/toast";
import { look, type Item } from "./data";

interface Done {
  undo?: string | null | undefined;
}

export interface Acts {
  /** From a colleague only where one saw that it is theirs. */
  takeOver(seen: Item): Promise<boolean>;
  assign(to: string | null): Promise<boolean>;
  team(to: string | null): Promise<boolean>;
  resolve(): Promise<boolean>;
  toBot(): Promise<boolean>;
  snooze(until: { minutes?: number; until?: string }): Promise<boolean>;
  wake(): Promise<boolean>;
  label(add: string[], remove: string[]): Promise<boolean>;
}

export function useActs(conversation: string): Acts {
  const t = useSay();
  const client = useQueryClient();
  const me = useMe();
  const { tenant } = useHere();
  const members = useMembers();
  const path = useMemo(() => ({ tenant, conversation }), [tenant, conversation]);

  const undo = useCallback(
    async (token: string) => {
      try {
        await unwrap(
          api.POST("/api/v1/tenants/{tenant}/conversations/{conversation}/undo", { params: { path }, body: { token } }),
        );
        told(t("act.undone"));
      } catch (error) {
        failed(error, t("act.undoFailed"));
      }
      await look(client, path.tenant, path.conversation);
    },
    [client, path, t],
  );
  const act = useCallback(
    async (what: Promise<Done>, said: string, refused: TextKey): Promise<boolean> => {
      try {
        const { undo: token } = await what;
        told(said, token ? () => void undo(token) : undefined);
        return true;
      } catch (error) {
        failed(error, t(refused));
        return false;
      } finally {
        void look(client, path.tenant, path.conversation);
      }
    },
    [client, path, t, undo],
  );

  return useMemo<Acts>(() => {
    const at = { params: { path } };
    const base = "/api/v1/tenants/{tenant}/conversations/{conversation}" as const;
    return {
      async takeOver(seen) {
        const unless_held = otherHolder(seen, me.person.id) === null;
        try {
          const floor = await unwrap(api.POST(`${base}/takeover`, { ...at, body: { unless_held } }));
          const way = floor.in_flight.length;
          told(way > 0 ? t("act.takenInFlight", { n: way }) : t("act.taken"));
          return true;
        } catch (error) {
          const holder = holderIn(problemOf(error));
          if (holder) refused(t("act.takenBefore", { name: members.nameOf(holder) }));
          else failed(error, t("act.takeFailed"));
          return false;
        } finally {
          void look(client, path.tenant, path.conversation);
        }
      },
      assign(to) {
        const said = to === null ? t("act.unassigned") : to === me.person.id ? t("act.assignedMe") : t("act.assigned", { name: members.nameOf(to) });
        return act(unwrap(api.POST(`${base}/assign`, { ...at, body: { assignee: to } })), said, "act.assignFailed");
      },
      team: (to) => act(unwrap(api.POST(`${base}/team`, { ...at, body: { team: to } })), t("act.teamSet"), "act.assignFailed"),
      resolve: () => act(unwrap(api.POST(`${base}/resolve`, at)), t("act.resolved"), "act.resolveFailed"),
      toBot: () => act(unwrap(api.POST(`${base}/return`, at)), t("act.returned"), "act.returnFailed"),
      snooze: (until) => act(unwrap(api.POST(`${base}/snooze`, { ...at, body: until })), t("act.snoozed"), "act.snoozeFailed"),
      wake: () => act(unwrap(api.POST(`${base}/wake`, at)), t("act.woken"), "act.snoozeFailed"),
      label: (add, remove) => act(unwrap(api.POST(`${base}/labels`, { ...at, body: { add, remove } })), t("act.labelled"), "act.labelFailed"),
    };
  }, [act, client, me.person.id, members, path, t]);
}

/** Who was faster, where somebody was. */
function holderIn(problem: Problem): string | null {
  const holder = (problem.body["details"] as { holder?: unknown } | undefined)?.holder;
  return problem.code === "held" && typeof holder === "string" ? holder : null;
}

/** Who holds a conversation, if it is a colleague and not whoever looks. */
export function otherHolder(item: Item | undefined, me: string): string | null {
  return item?.state === "agent" && item.assignee && item.assignee !== me ? item.assignee : null;
}

export function isGone(error: unknown): boolean {
  return problemOf(error).status === 404;
}
