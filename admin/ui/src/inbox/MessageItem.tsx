// One message: who, what, when, and what became of it. Also what is only for colleagues: notes and why the bot said it.
import { UnstyledButton } from "@mantine/core";
import { memo, useState } from "react";
import { useLocale, useSay } from "../i18n";
import { clock, exact } from "../i18n/time";
import { MemberName } from "../people/MemberName";
import { MemberPortrait } from "../people/MemberPortrait";
import { IconAlertTriangle, IconCheck, IconChecks, IconChevronDown, IconClock, IconNote, IconRobot } from "../ui/icons";
import type { Item, Message } from "./data";
import { Activity } from "./Activity";
import css from "./MessageItem.module.css";
import { PartView } from "./PartView";
import { Why } from "./Why";
import { customerName } from "./words";

interface Props {
  message: Message;
  head: boolean;
  item: Item;
}

export const MessageItem = memo(function MessageItem(props: Props) {
  return props.message.kind === "activity" ? <Activity message={props.message} /> : <Said {...props} />;
});

function Said({ message, head, item }: Props) {
  const t = useSay();
  const locale = useLocale();
  const [why, setWhy] = useState<number | boolean>(false);
  const explains = message.author.kind === "bot" && !message.deleted_at;
  const taken = message.status === "cancelled" || message.status === "interrupted";
  return (
    <article className={css["message"]} data-author={message.author.kind} data-kind={message.kind} data-side={message.direction} data-head={head || undefined}>
      {head && (
        <header className={css["head"]}>
          {message.kind === "note" && <IconNote size={14} aria-hidden />}
          {message.author.kind === "agent" && <MemberPortrait id={message.author.id} name={message.author.name ?? ""} size={20} />}
          {message.author.kind === "bot" && <IconRobot size={14} aria-hidden />}
          <bdi className={css["name"]}>
            <Speaker message={message} item={item} />
          </bdi>
          {message.kind === "note" && <span>{t("message.noteFor")}</span>}
        </header>
      )}
      <div className={css["bubble"]} data-taken={taken || undefined}>
        {message.deleted_at ? (
          <p className={css["gone"]}>{t("message.deleted")}</p>
        ) : (
          message.parts.map((part, n) => (
            <PartView key={n} part={part} markdown={message.direction === "out"} cite={explains ? (number) => setWhy(number) : undefined} />
          ))
        )}
        <footer className={css["foot"]}>
          <time dateTime={message.at} title={exact(locale, message.at)}>
            {clock(locale, message.at)}
          </time>
          {message.edited_at && !message.deleted_at && <span title={exact(locale, message.edited_at)}>{t("message.edited")}</span>}
          {message.direction === "out" && message.kind !== "note" && <Status message={message} />}
        </footer>
      </div>
      <Reactions message={message} />
      {explains && (
        <UnstyledButton className={css["why"]} aria-expanded={why !== false} onClick={() => setWhy((before) => before === false)}>
          {message.citations.length > 0 ? t("why.sources", { n: message.citations.length }) : t("why.title")}
          <IconChevronDown size={14} aria-hidden data-open={why !== false || undefined} />
        </UnstyledButton>
      )}
      {why !== false && <Why message={message} conversation={item.id} chosen={typeof why === "number" ? why : null} />}
    </article>
  );
}

function Speaker({ message: { author }, item }: Pick<Props, "message" | "item">) {
  const t = useSay();
  if (author.kind === "contact") return author.name || customerName(item, t);
  if (author.kind === "bot") return author.name || t("message.bot");
  if (author.kind === "system") return t("message.system");
  return author.name || (author.id ? <MemberName id={author.id} /> : t("message.colleague"));
}

/** What became of a message, as icon and word. A failure says why. */
function Status({ message }: { message: Message }) {
  const t = useSay();
  switch (message.status) {
    case "queued":
    case "sending":
      return <span className={css["status"]}><IconClock size={14} aria-hidden /> {t("message.sending")}</span>;
    case "sent":
      return <span className={css["status"]}><IconCheck size={14} aria-hidden /> {t("message.sent")}</span>;
    case "delivered":
      return <span className={css["status"]}><IconChecks size={14} aria-hidden /> {t("message.delivered")}</span>;
    case "read":
      return <span className={css["status"]} data-read><IconChecks size={14} aria-hidden /> {t("message.read")}</span>;
    case "unknown":
      return <span className={css["status"]} data-tone="waiting"><IconClock size={14} aria-hidden /> {t("message.unknown")}</span>;
    case "failed":
      return (
        <span className={css["status"]} data-tone="failed">
          <IconAlertTriangle size={14} aria-hidden /> {message.error ? t("message.failedWhy", { why: message.error }) : t("message.failed")}
        </span>
      );
    case "cancelled":
      return <span className={css["status"]}>{t("message.cancelled")}</span>;
    case "interrupted":
      return <span className={css["status"]}>{t("message.interrupted")}</span>;
    default:
      return null;
  }
}

function Reactions({ message }: { message: Message }) {
  const t = useSay();
  const counts = new Map<string, number>();
  for (const emoji of Object.values(message.reactions)) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
  if (counts.size === 0) return null;
  return (
    <ul className={css["reactions"]} aria-label={t("message.reactions")}>
      {[...counts].map(([emoji, n]) => (
        <li key={emoji}>
          {emoji} {n > 1 && <span>{n}</span>}
        </li>
      ))}
    </ul>
  );
}
