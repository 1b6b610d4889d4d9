// Why the bot said this: the passages it relied on, in their own words, and how well they bear the answer out.
import { Progress } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useSay } from "../i18n";
import { Out } from "../ui/Markdown";
import { IconExternalLink } from "../ui/icons";
import type { Message } from "./data";
import { FixButton } from "./FixButton";
import { Found } from "./Found";
import css from "./Why.module.css";

interface Props {
  message: Message;
  conversation: string;
  /** The source whose mark was pressed. */
  chosen: number | null;
}

export function Why({ message, conversation, chosen }: Props) {
  const t = useSay();
  const mark = useRef<HTMLLIElement>(null);
  useEffect(() => mark.current?.scrollIntoView({ block: "nearest" }), [chosen]);
  return (
    <section className={css["why"]} aria-label={t("why.title")}>
      {message.support !== null && (
        <div className={css["support"]}>
          <span>{t("why.support", { percent: Math.round(message.support * 100) })}</span>
          <Progress value={message.support * 100} size="sm" color={message.support < 0.5 ? "orange" : "teal"} aria-label={t("why.supportLabel")} />
        </div>
      )}
      <ol className={css["sources"]}>
        {message.citations.map((source) => (
          <li key={source.n} ref={source.n === chosen ? mark : undefined} data-chosen={source.n === chosen || undefined} value={source.n}>
            <span className={css["title"]}>
              {source.url ? (
                <Out href={source.url}>
                  {source.title} <IconExternalLink size={12} aria-hidden />
                </Out>
              ) : (
                source.title
              )}
            </span>
            {(source.section ?? source.page) !== null && (
              <span className={css["place"]}>
                {[source.section, source.page === null ? null : t("why.page", { n: source.page })].filter(Boolean).join(" · ")}
              </span>
            )}
            <blockquote dir="auto">{source.quote}</blockquote>
          </li>
        ))}
      </ol>
      <Found conversation={conversation} message={message.id} />
      {message.citations.length === 0 && <p className={css["none"]}>{t("why.none")}</p>}
      <FixButton message={message} conversation={conversation} />
    </section>
  );
}
