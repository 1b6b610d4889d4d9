import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { Starting } from "../app/Starting";
import { Back } from "../channels/Connect";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { number } from "../i18n/speech";
import { bytes } from "../owner/amounts";
import { Guard } from "../owner/Guard";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { useTab } from "../owner/tab";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { ProblemNotice } from "../ui/ProblemNotice";
import { Changes } from "./Changes";
import { busy, BUSY_PACE, documentsKey, type Document } from "./data";
import { DocumentState } from "./Documents";
import { Resting } from "./Resting";
import css from "./knowledge.module.css";

/** One document as the search sees it: its passages in reading order, with where each begins and ends. */
export function DocumentPage() {
  const t = useWords();
  return (
    <Guard needs="knowledge:read" title={t("knowledge.title")}>
      <Fetched />
    </Guard>
  );
}

function Fetched() {
  const { tenant } = useHere();
  const { document } = useParams({ strict: false }) as { document: string };
  const query = useQuery({
    queryKey: [...documentsKey(tenant), "one", document],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/documents/{document}", { params: { path: { tenant, document } } })),
    refetchInterval: (state) => (state.state.data && busy(state.state.data) ? BUSY_PACE : false),
  });
  if (query.error) return <ProblemNotice level={1} error={query.error} retry={() => void query.refetch()} />;
  return query.data ? <One document={query.data} /> : <Starting />;
}

function One({ document: one }: { document: Document }) {
  const t = useWords();
  const locale = useLocale();
  const { slug, may } = useHere();
  const [tab, open] = useTab(["passages", "answers", "changes"], "passages");
  const facts: [string, string][] = [
    [t("knowledge.from"), one.url ?? one.name],
    [t("own.kind"), one.mime],
    [t("knowledge.size"), bytes(locale, one.size)],
    [t("details.language"), one.language ?? "–"],
    [t("knowledge.passages"), number(locale, one.chunks)],
  ];
  return (
    <Page title={one.title}>
      <Back to={`/${slug}/knowledge/documents`} />
      <DocumentState document={one} />
      <dl className={owner["facts"]}>
        {facts.map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
      <Tabs value={tab} onChange={open} keepMounted={false} mt="lg">
        <Tabs.List mb="md">
          <Tabs.Tab value="passages">{t("knowledge.passages")}</Tabs.Tab>
          {may("conversations:read_all") && <Tabs.Tab value="answers">{t("documents.answers")}</Tabs.Tab>}
          <Tabs.Tab value="changes">{t("documents.changes")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="passages">
          <Passages document={one} />
        </Tabs.Panel>
        <Tabs.Panel value="answers">{may("conversations:read_all") && <Resting document={one.id} />}</Tabs.Panel>
        <Tabs.Panel value="changes">
          <Changes document={one.id} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Passages({ document: one }: { document: Document }) {
  const t = useWords();
  const locale = useLocale();
  const { tenant } = useHere();
  const pages = usePages([...documentsKey(tenant), "chunks", one.id, one.updated_at], (cursor) => {
    const { limit } = part(cursor);
    const query = { limit, ...(cursor ? { cursor: Number(cursor) } : {}) };
    return unwrap(api.GET("/api/v1/tenants/{tenant}/documents/{document}/chunks", { params: { path: { tenant, document: one.id }, query } }));
  });
  return (
    <>
      <p>{t("knowledge.passagesText")}</p>
      <Listed shape="cards" pages={pages} empty={<Notice tone="empty" title={t("knowledge.noPassages")}>{t("knowledge.noPassagesText")}</Notice>}>
        {(items) =>
          items.map((chunk) => (
            <article key={chunk.id} className={css["chunk"]}>
              <header>
                <strong>{number(locale, chunk.position + 1)}</strong>
                {chunk.heading.length > 0 && <bdi>{chunk.heading.join(" › ")}</bdi>}
                {chunk.page !== null && <span>{t("why.page", { n: chunk.page })}</span>}
                <span>{t("knowledge.characters", { from: chunk.start, to: chunk.end })}</span>
              </header>
              <p dir="auto">{chunk.text}</p>
            </article>
          ))
        }
      </Listed>
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <bdi>{value}</bdi>
      </dd>
    </>
  );
}
