import { Link } from "@tanstack/react-router";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { Chip } from "../owner/Chip";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { Ago } from "../ui/Ago";
import { Notice } from "../ui/Notice";
import { documentsKey } from "./data";

/** What the bot answered from a document; an answer whose words are no longer in it is marked. */
export function Resting({ document }: { document: string }) {
  const t = useWords();
  const { tenant, slug } = useHere();
  const pages = usePages([...documentsKey(tenant), "answers", document], (cursor) =>
    unwrap(api.GET("/api/v1/tenants/{tenant}/documents/{document}/answers", { params: { path: { tenant, document }, query: part(cursor, 20) } })),
  );
  return (
    <Listed shape="cards" pages={pages} empty={<Notice tone="empty" title={t("documents.noAnswers")}>{t("documents.noAnswersText")}</Notice>}>
      {(items) => (
        <ul className={owner["list"]}>
          {items.map((one) => (
            <li key={one.message_id} className={owner["card"]} data-answer={one.message_id}>
              <div className={owner["grow"]}>
                {one.question && <strong dir="auto">{one.question}</strong>}
                <p dir="auto">{one.text}</p>
                <details>
                  <summary>{t("documents.quotes", { n: one.quotes.length })}</summary>
                  {one.quotes.map((quote) => (
                    <blockquote key={quote} dir="auto">
                      {quote}
                    </blockquote>
                  ))}
                </details>
                {one.outdated && <Chip mood="waits">{t("documents.outdated")}</Chip>}
                <span className={owner["sub"]}>
                  <Ago at={one.created_at} />
                </span>
              </div>
              <Link to="/$tenant/inbox/$list/$conversation" params={{ tenant: slug, list: "open", conversation: one.conversation_id }}>
                {t("ledger.conversation")}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Listed>
  );
}
