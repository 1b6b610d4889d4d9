import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale, useSay } from "../i18n";
import css from "./Why.module.css";

/** What stands behind an answer of the bot: what was searched for and found, which model, what it cost. */
export const whyQuery = (tenant: string, conversation: string, message: string) =>
  queryOptions({
    queryKey: ["why", tenant, message],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/conversations/{conversation}/messages/{message}/why", {
          params: { path: { tenant, conversation, message } },
        }),
      ),
    staleTime: Infinity,
  });

/** What the search gave for the question, best first, with its scores; and what the answer cost. */
export function Found({ conversation, message }: { conversation: string; message: string }) {
  const t = useSay();
  const locale = useLocale();
  const { tenant, may } = useHere();
  const why = useQuery({ ...whyQuery(tenant, conversation, message), enabled: may("conversations:read_all") }).data;
  if (!why || why.found.length === 0) return null;
  const score = (value: unknown) =>
    typeof value === "number" ? new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(value) : "–";
  return (
    <details className={css["found"]}>
      <summary>{t("why.found", { n: why.found.length })}</summary>
      <table>
        <thead>
          <tr>
            <th>{t("why.passage")}</th>
            <th>{t("why.score")}</th>
            <th>{t("why.keyword")}</th>
            <th>{t("why.meaning")}</th>
          </tr>
        </thead>
        <tbody>
          {why.found.slice(0, 10).map((one, n) => (
            <tr key={n}>
              <td dir="auto">{[one["title"], one["section"]].filter((word) => typeof word === "string" && word).join(" · ")}</td>
              <td>{score(one["score"])}</td>
              <td>{score(one["keyword"])}</td>
              <td>{score(one["vector"])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {why.model && <p>{t("why.model", { model: why.model })}</p>}
    </details>
  );
}
