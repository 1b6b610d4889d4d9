// What a colleague needs to know at a glance when a conversation was handed over.
import { useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { ProblemNotice } from "../ui/ProblemNotice";
import css from "./Details.module.css";

export function HandedOver({ conversation }: { conversation: string }) {
  const t = useSay();
  const { tenant } = useHere();
  const query = useQuery({
    queryKey: ["live", "conversation", tenant, conversation, "handoff"],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/conversations/{conversation}/handoff", {
          params: { path: { tenant, conversation } },
        }),
      ),
  });
  if (query.error && !query.data) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  const newest = query.data?.items[0];
  if (!newest) return null;
  return (
    <div className={css["handed"]}>
      {newest.question && (
        <>
          <h3>{t("details.question")}</h3>
          <p dir="auto">{newest.question}</p>
        </>
      )}
      {newest.detail && (
        <>
          <h3>{t("details.detail")}</h3>
          <p dir="auto">{newest.detail}</p>
        </>
      )}
      {newest.summary && (
        <details>
          <summary>{t("details.summary")}</summary>
          <p dir="auto" className={css["lines"]}>
            {newest.summary}
          </p>
        </details>
      )}
      {newest.retrieved.length > 0 && (
        <details>
          <summary>{t("details.retrieved", { n: newest.retrieved.length })}</summary>
          <ul>
            {newest.retrieved.slice(0, 5).map((one, n) => (
              <li key={n} dir="auto">
                {String(one["title"] ?? "")}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
