import { Checkbox } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { InboxSearch } from "../app/pages";
import { useSay, type Say } from "../i18n";
import { Ago } from "../ui/Ago";
import { MemberName } from "../people/MemberName";
import { IconClockPause } from "../ui/icons";
import type { Item } from "./data";
import css from "./Row.module.css";
import { StateChip } from "./StateChip";
import { channelLook, customerName, reasonWords } from "./words";

interface Props {
  item: Item;
  slug: string;
  list: string;
  search: InboxSearch;
  chosen: boolean;
  picked: boolean;
  picking: boolean;
  pick: (id: string, range: boolean) => void;
}

/** One conversation in a list: who, on which channel, who has the word, the last words, how long ago. */
export const Row = memo(function Row({ item, slug, list, search, chosen, picked, picking, pick }: Props) {
  const t = useSay();
  const channel = channelLook(item.channel.kind);
  const Icon = channel.icon;
  const name = customerName(item, t);
  const why = item.state === "waiting" ? reasonWords(item.handoff_reason ?? item.reason, t) : null;
  const holder = item.state === "agent" && item.assignee ? <MemberName id={item.assignee} /> : null;
  return (
    <div className={css["row"]} data-chosen={chosen || undefined} data-unread={item.unread > 0 || undefined} data-picking={picking || undefined}>
      <Checkbox
        className={css["pick"]}
        size="xs"
        aria-label={t("inbox.pick", { name })}
        checked={picked}
        onChange={(event) => pick(item.id, (event.nativeEvent as unknown as MouseEvent).shiftKey === true)}
      />
      <Link
        to="/$tenant/inbox/$list/$conversation"
        params={{ tenant: slug, list, conversation: item.id }}
        search={search}
        className={css["link"]}
        aria-current={chosen ? "true" : undefined}
        preload={false}
        data-id={item.id}
      >
        <span className={css["top"]}>
          <Icon size={16} aria-label={channel.name} role="img" className={css["channel"]} />
          <bdi className={css["name"]}>{name}</bdi>
          {item.unread > 0 && (
            <span className={css["unread"]} aria-label={t("inbox.unread", { n: item.unread })}>
              {item.unread > 99 ? "99+" : item.unread}
            </span>
          )}
          <Ago at={item.last_message_at ?? item.opened_at} className={css["time"]} />
        </span>
        <span className={css["words"]} dir="auto">
          {preview(item, t)}
        </span>
        <span className={css["foot"]}>
          <StateChip state={item.state} />
          {(why ?? holder) && <bdi className={css["why"]}>{why ?? holder}</bdi>}
          {item.snoozed_until && <IconClockPause size={14} aria-label={t("inbox.listSnoozed")} role="img" />}
        </span>
      </Link>
    </div>
  );
});

function preview(item: Item, t: Say): string {
  if (item.hit) return item.hit.text;
  const last = item.last_message;
  if (!last) return t("inbox.noMessages");
  if (last.status === "deleted") return t("message.deleted");
  const who = last.kind === "note" ? `${t("message.note")}: ` : last.author.kind === "contact" ? "" : `${speaker(last.author, t)}: `;
  return who + (last.text || t("message.noText"));
}

function speaker(author: { kind: string; name: string | null }, t: Say): string {
  if (author.kind === "bot") return t("message.bot");
  return author.name ?? t(author.kind === "system" ? "message.system" : "message.colleague");
}
