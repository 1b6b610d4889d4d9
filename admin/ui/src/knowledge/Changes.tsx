import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { Ago } from "../ui/Ago";
import { Notice } from "../ui/Notice";
import { documentsKey } from "./data";

/** What each indexing anew changed in a document, in passages. */
export function Changes({ document }: { document: string }) {
  const t = useWords();
  const { tenant } = useHere();
  const pages = usePages([...documentsKey(tenant), "changes", document], (cursor) =>
    unwrap(api.GET("/api/v1/tenants/{tenant}/documents/{document}/changes", { params: { path: { tenant, document }, query: part(cursor, 20) } })),
  );
  return (
    <Listed shape="cards" pages={pages} empty={<Notice tone="empty" title={t("documents.noChanges")}>{t("documents.noChangesText")}</Notice>}>
      {(items) => (
        <ul className={owner["list"]}>
          {items.map((one) => (
            <li key={one.id} className={owner["card"]} data-change={one.version}>
              <div className={owner["grow"]}>
                <strong>{t("documents.change", { came: one.added, went: one.removed, kept: one.kept })}</strong>
                <span className={owner["sub"]}>
                  <Ago at={one.created_at} />
                </span>
                <Passages title={t("documents.came", { n: one.new_passages.length })} passages={one.new_passages} />
                <Passages title={t("documents.went", { n: one.old_passages.length })} passages={one.old_passages} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Listed>
  );
}

function Passages({ title, passages }: { title: string; passages: Schemas["PassageView"][] }) {
  if (passages.length === 0) return null;
  return (
    <details>
      <summary>{title}</summary>
      {passages.map((one) => (
        <blockquote key={one.chunk_id} dir="auto">
          {one.heading.length > 0 && <strong>{one.heading.join(" › ")}: </strong>}
          {one.text}
        </blockquote>
      ))}
    </details>
  );
}
