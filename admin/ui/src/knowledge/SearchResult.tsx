import { Table } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { duration } from "../owner/amounts";
import owner from "../owner/owner.module.css";
import { Notice } from "../ui/Notice";
import { Rows } from "../ui/Rows";
import css from "./knowledge.module.css";
import type { SearchAnswer } from "./TestSearch";

/** What a search found, best first, and how each passage came to its place. */
export function SearchResult({ answer }: { answer: SearchAnswer }) {
  const t = useWords();
  const locale = useLocale();
  const { slug } = useHere();
  const figure = (value: number | null | undefined) =>
    value === null || value === undefined ? "–" : new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(value);
  if (answer.items.length === 0) {
    return (
      <Notice tone="empty" title={t("knowledge.foundNothing")}>
        {t("knowledge.foundNothingText")}
      </Notice>
    );
  }
  return (
    <>
      <h2 className={css["resultTitle"]}>{t("knowledge.foundCount", { n: answer.items.length })}</h2>
      {answer.items.map((one, n) => (
        <article key={one.chunk_id} className={css["chunk"]}>
          <header>
            <strong>{n + 1}</strong>
            <Link to="/$tenant/knowledge/documents/$document" params={{ tenant: slug, document: one.document_id }}>
              <bdi>{one.title}</bdi>
            </Link>
            {one.section && <bdi>{one.section}</bdi>}
            {one.page !== null && <span>{t("why.page", { n: one.page })}</span>}
          </header>
          <p dir="auto">{one.text}</p>
          <div className={css["scores"]}>
            <span>
              {t("why.score")} <strong>{figure(one.score)}</strong>
            </span>
            <span>
              {t("why.keyword")} {figure(one.scores.keyword)}
            </span>
            <span>
              {t("why.meaning")} {figure(one.scores.vector)}
            </span>
          </div>
        </article>
      ))}
      {answer.stages && <Stages answer={answer} stages={answer.stages} figure={figure} />}
      <div className={css["counts"]}>
        {Object.entries(answer.timings).map(([name, ms]) => (
          <span key={name}>
            {name} {duration(locale, ms / 1000)}
          </span>
        ))}
      </div>
    </>
  );
}

interface StagesProps {
  answer: SearchAnswer;
  stages: NonNullable<SearchAnswer["stages"]>;
  figure: (value: number | null | undefined) => string;
}

/** Each candidate's place in every stage: by words, by meaning, fused, and put in order anew. */
function Stages({ answer, stages, figure }: StagesProps) {
  const t = useWords();
  const titles = new Map(answer.items.map((one) => [one.chunk_id, one.title]));
  const rank = (list: { chunk_id: string }[], id: string) => {
    const at = list.findIndex((one) => one.chunk_id === id);
    return at < 0 ? "–" : at + 1;
  };
  const fused = stages.fused.slice(0, 20);
  const guessed = Object.entries(stages.guessed);
  return (
    <details className={css["stages"]}>
      <summary>{t("knowledge.stages")}</summary>
      <dl className={owner["facts"]}>
        <dt>{t("details.language")}</dt>
        <dd>{stages.language ?? "–"}</dd>
        <dt>{t("knowledge.lexemes")}</dt>
        <dd>{stages.lexemes.map((words) => words.join(", ")).join(" · ")}</dd>
        {guessed.length > 0 && <dt>{t("knowledge.guessed")}</dt>}
        {guessed.length > 0 && <dd>{guessed.map(([word, others]) => `${word} → ${others.join(", ")}`).join("; ")}</dd>}
        <dt>{t("knowledge.vector_weight")}</dt>
        <dd>{figure(stages.vector_weight)}</dd>
        <dt>{t("knowledge.dropped")}</dt>
        <dd>{stages.dropped}</dd>
      </dl>
      <Rows minWidth={480} spacing="xs" columns={[t("why.passage"), { figure: t("why.keyword") }, { figure: t("why.meaning") }, { figure: t("knowledge.fused") }, { figure: t("knowledge.reranked") }]}>
        {fused.map((one, n) => {
          const from = stages.candidates.find((candidate) => candidate.chunk_id === one.chunk_id);
          return (
            <Table.Tr key={one.chunk_id}>
              <Table.Td>
                <bdi>{titles.get(one.chunk_id) ?? one.chunk_id.slice(-8)}</bdi>
              </Table.Td>
              <Table.Td className={owner["num"] ?? ""}>
                {figure(from?.keyword)} ({from?.keyword_place ?? "–"})
              </Table.Td>
              <Table.Td className={owner["num"] ?? ""}>
                {figure(from?.vector)} ({from?.vector_place ?? "–"})
              </Table.Td>
              <Table.Td className={owner["num"] ?? ""}>
                {figure(one.score)} ({n + 1})
              </Table.Td>
              <Table.Td className={owner["num"] ?? ""}>{rank(stages.reranked, one.chunk_id)}</Table.Td>
            </Table.Tr>
          );
        })}
      </Rows>
    </details>
  );
}
