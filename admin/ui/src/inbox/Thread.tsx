// The thread: only what is seen is drawn, it stays at its end while new messages come, and older ones come on scrolling.
import { Button, Loader } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import { api } from "../api/client";
import { useHere } from "../app/access";
import { useLocale, useSay } from "../i18n";
import { dayName } from "../i18n/time";
import { useNow } from "../ui/Ago";
import { IconArrowDown } from "../ui/icons";
import { ProblemNotice } from "../ui/ProblemNotice";
import type { Item } from "./data";
import { MessageItem } from "./MessageItem";
import { threadRows, type ThreadRow } from "./rows";
import css from "./Thread.module.css";
import { useThread } from "./useThread";

const NEAR_END = 120;

export function Thread({ item, writing }: { item: Item; writing: boolean }) {
  const t = useSay();
  const thread = useThread(item.id);
  const items = thread.data?.items;
  const [readUpTo] = useState(item.unread > 0 ? item.read_seq : null);
  const rows = useMemo(
    () => threadRows(items ?? [], thread.data?.whole ?? false, readUpTo),
    [items, thread.data?.whole, readUpTo],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimated(rows[index]),
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: NEAR_END,
    paddingStart: 12,
    paddingEnd: 12,
  });

  const loaded = rows.length > 0;
  useEffect(() => {
    if (loaded) virtual.scrollToIndex(rows.length - 1, { align: "end" });
    // Once, when the first messages are there: later the reader decides where to be.
  }, [loaded]);

  const content = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  useEffect(() => {
    const box = scroller.current;
    if (!box || !content.current) return;
    // Rows are measured once they are drawn, and what stands under the thread comes late: whoever is at the end stays.
    const watch = new ResizeObserver(() => {
      if (pinned.current) box.scrollTop = box.scrollHeight;
    });
    watch.observe(box);
    watch.observe(content.current);
    return () => watch.disconnect();
  }, [loaded]);

  const { older, fetchingOlder } = thread;
  const scrolled = () => {
    const box = scroller.current;
    if (!box) return;
    pinned.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
    setAtEnd(pinned.current);
    if (box.scrollTop < 600 && items && items.length > 0) void older();
  };
  useReading(item, items?.at(-1)?.seq, atEnd);

  if (thread.error && !items) {
    return (
      <div className={css["area"]}>
        <ProblemNotice error={thread.error} retry={() => void thread.refetch()} />
      </div>
    );
  }
  return (
    <div className={css["area"]}>
      <div
        ref={scroller}
        className={css["scroller"]}
        onScroll={scrolled}
        role="log"
        aria-label={t("inbox.thread")}
        aria-busy={thread.isPending}
        tabIndex={0}
      >
        {(thread.isPending || fetchingOlder) && (
          <div className={css["fetching"]} role="status" aria-label={t("frame.loading")}>
            <Loader size="sm" />
          </div>
        )}
        {items?.length === 0 && <p className={css["start"]}>{t("inbox.threadStart")}</p>}
        <div ref={content} className={css["rows"]} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((place) => {
            const row = rows[place.index];
            return row ? (
              <div
                key={place.key}
                data-index={place.index}
                ref={virtual.measureElement}
                className={css["place"]}
                style={{ transform: `translateY(${place.start}px)` }}
              >
                <RowView row={row} item={item} />
              </div>
            ) : null;
          })}
        </div>
      </div>
      {!atEnd && (
        <Button
          className={css["down"] ?? ""}
          size="compact-sm"
          variant="default"
          radius="xl"
          leftSection={<IconArrowDown size={14} aria-hidden />}
          onClick={() => virtual.scrollToIndex(rows.length - 1, { align: "end" })}
        >
          {t("inbox.toEnd")}
        </Button>
      )}
      <div className={css["writing"]} role="status">
        {writing && t("inbox.customerWrites")}
      </div>
    </div>
  );
}

const LINE = 21;
const LETTERS = 64;

/** About how high a row is in pixels, so that little moves when it is measured. */
function estimated(row: ThreadRow | undefined): number {
  const parts = (row?.message.parts ?? []) as readonly { text?: unknown }[];
  const letters = parts.reduce((sum, { text }) => sum + (typeof text === "string" ? text.length : LETTERS), 0);
  return 52 + Math.ceil(letters / LETTERS) * LINE + (row?.head ? 24 : 0) + (row?.day ? 40 : 0);
}

const RowView = memo(function RowView({ row, item }: { row: ThreadRow; item: Item }) {
  const t = useSay();
  const locale = useLocale();
  const now = useNow();
  return (
    <>
      {row.start && <p className={css["start"]}>{t("inbox.threadStart")}</p>}
      {row.day && (
        <div className={css["day"]} role="separator">
          <span>{dayName(locale, row.message.at, now)}</span>
        </div>
      )}
      {row.unread && (
        <div className={css["day"]} data-new role="separator">
          <span>{t("inbox.newMessages")}</span>
        </div>
      )}
      <MessageItem message={row.message} head={row.head} item={item} />
    </>
  );
});

/** Tells the hub how far was read: what is at the end of the thread while somebody looks at it. */
function useReading(item: Item, seq: number | undefined, atEnd: boolean): void {
  const { tenant } = useHere();
  const told = useRef(item.read_seq);
  useEffect(() => {
    const tell = () => {
      if (!seq || !atEnd || seq <= told.current || document.hidden) return;
      told.current = seq;
      void api.POST("/api/v1/tenants/{tenant}/conversations/{conversation}/read", {
        params: { path: { tenant, conversation: item.id } },
        body: { seq, unread: false },
      });
    };
    tell();
    document.addEventListener("visibilitychange", tell);
    return () => document.removeEventListener("visibilitychange", tell);
  }, [tenant, item.id, seq, atEnd]);
}
