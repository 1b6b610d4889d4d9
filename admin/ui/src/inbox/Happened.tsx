import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay, type Say, type TextKey } from "../i18n";
import { useMembers } from "../people/members";
import { Ago } from "../ui/Ago";
import { ProblemNotice } from "../ui/ProblemNotice";
import css from "./Details.module.css";
import { reasonWords } from "./words";

const WORDS: Record<string, TextKey> = {
  "conversation.opened": "happened.opened",
  "conversation.resolved": "happened.resolved",
  "conversation.updated": "happened.updated",
  "handoff.requested": "happened.requested",
  "handoff.accepted": "happened.accepted",
  "handoff.returned": "happened.returned",
};

/** What was done to the conversation, newest first. Messages are in the thread and not told again here. */
export function Happened({ conversation }: { conversation: string }) {
  const t = useSay();
  const { tenant } = useHere();
  const members = useMembers();
  const query = useQuery({
    queryKey: ["live", "conversation", tenant, conversation, "activity"],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/conversations/{conversation}/activity", {
          params: { path: { tenant, conversation }, query: { limit: 50 } },
        }),
      ),
  });
  if (query.isPending) return <Skeleton height={14} aria-busy="true" />;
  if (!query.data) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  const told = query.data.items.filter(({ type }) => type in WORDS);
  if (told.length === 0) return <p className={css["quiet"]}>{t("happened.nothing")}</p>;
  return (
    <ul className={css["happened"]}>
      {told.map((one) => (
        <li key={one.seq}>
          <span>{sentence(one.type, one.data, one.by ? members.nameOf(one.by) : null, t)}</span>
          <Ago at={one.at} />
        </li>
      ))}
    </ul>
  );
}

function sentence(type: string, data: Record<string, unknown>, by: string | null, t: Say): string {
  const reason = typeof data["reason"] === "string" ? reasonWords(data["reason"], t) : null;
  const what = t(WORDS[type]!);
  return [what, by ?? reason].filter(Boolean).join(" · ");
}
