// One list of conversations, as long as it may be: only what is seen is drawn, and it never moves under the pointer.
import { ActionIcon, Button, Menu, Skeleton, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useHere } from "../app/access";
import { LISTS } from "../app/lists";
import type { InboxSearch } from "../app/pages";
import { useSay, type TextKey } from "../i18n";
import { useAction } from "../keys/KeyHost";
import { IconAdjustments, IconPlus, IconSearch, IconSettings, IconX } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { ProblemNotice } from "../ui/ProblemNotice";
import { useTitle } from "../ui/useTitle";
import { BulkBar } from "./BulkBar";
import css from "./ConversationList.module.css";
import { useList, useViews, usualSort, type Item } from "./data";
import { heldOrder } from "./merge";
import { Row } from "./Row";
import { channelLook } from "./words";

const ViewEditor = lazy(() => import("./ViewEditor"));
const HEIGHT = 88;
const SORTS = ["newest", "oldest", "queue", "waiting", "sla"] as const;
const KINDS = ["webchat", "whatsapp", "messenger", "slack", "telegram"] as const;
interface Props {
  list: string;
  search: InboxSearch;
  chosen: string | undefined;
}

export function ConversationList({ list, search, chosen }: Props) {
  const t = useSay();
  const { slug } = useHere();
  const navigate = useNavigate();
  const views = useViews();
  const query = useList(list, search);
  const known = LISTS.find((one) => one.id === list);
  const name = known ? t(known.label) : (views?.find((one) => one.id === list)?.name ?? t("inbox.title"));
  useTitle(name);

  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const { rows, waiting, hold, release } = useHeld(items);
  const picked = usePicked(rows);
  const scroller = useRef<HTMLDivElement>(null);
  const more = query.hasNextPage;
  const virtual = useVirtualizer({
    count: rows.length + (more ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    getItemKey: (index) => rows[index]?.id ?? "more",
    overscan: 6,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const { fetchNextPage, isFetchingNextPage } = query;
  useEffect(() => {
    if (more && !isFetchingNextPage && last >= rows.length - 10) void fetchNextPage();
  }, [more, isFetchingNextPage, last, rows.length, fetchNextPage]);

  const go = useCallback(
    (id: string) =>
      void navigate({ to: "/$tenant/inbox/$list/$conversation", params: { tenant: slug, list, conversation: id }, search }),
    [navigate, slug, list, search],
  );
  const at = rows.findIndex(({ id }) => id === chosen);
  const step = (by: number) => {
    const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
    const row = rows[next];
    if (!row) return;
    virtual.scrollToIndex(next);
    go(row.id);
  };
  useAction("next", rows.length > 0 ? () => step(1) : null);
  useAction("previous", rows.length > 0 ? () => step(-1) : null);
  useAction("open", () => {
    const focused = document.activeElement?.getAttribute("data-id") ?? rows[Math.max(at, 0)]?.id;
    if (focused) go(focused);
  });
  const field = useRef<HTMLInputElement>(null);
  useAction("search", () => field.current?.focus());

  const refine = (part: Partial<InboxSearch>) =>
    void navigate({
      to: ".",
      search: (before: InboxSearch) => clean({ ...before, ...part }),
      replace: true,
    });
  return (
    <section className={css["pane"]} aria-label={name}>
      <header className={css["head"]}>
        <h1 className={css["title"]}>{name}</h1>
        <Refine search={search} list={list} refine={refine} />
      </header>
      <SearchField value={search.q ?? ""} change={(q) => refine({ q })} input={field} />
      {picked.ids.size > 0 && <BulkBar picked={picked} />}
      <div className={css["news"]} role="status">
        {waiting > 0 && (
          <Button size="compact-sm" variant="light" onClick={release} fullWidth>
            {t("inbox.showNew", { n: waiting })}
          </Button>
        )}
      </div>
      <div
        ref={scroller}
        className={css["scroller"]}
        onPointerEnter={(event) => event.pointerType === "mouse" && rows.length > 0 && hold()}
        onPointerLeave={release}
        tabIndex={-1}
      >
        {query.isPending ? (
          <Loading />
        ) : query.error && rows.length === 0 ? (
          <ProblemNotice error={query.error} retry={() => void query.refetch()} />
        ) : rows.length === 0 ? (
          <Nothing list={list} searching={Boolean(search.q ?? search.channel)} clear={() => refine({ q: "", channel: "" })} />
        ) : (
          <ul className={css["rows"]} style={{ height: virtual.getTotalSize() }}>
            {shown.map((place) => {
              const item = rows[place.index];
              return (
                <li
                  key={place.key}
                  className={css["place"]}
                  style={{ height: place.size, transform: `translateY(${place.start}px)` }}
                  aria-setsize={more ? -1 : rows.length}
                  aria-posinset={place.index + 1}
                >
                  {item ? (
                    <Row
                      item={item}
                      slug={slug}
                      list={list}
                      search={search} chosen={item.id === chosen}
                      picked={picked.ids.has(item.id)}
                      picking={picked.ids.size > 0}
                      pick={picked.toggle}
                    />
                  ) : (
                    <LoadingRow />
                  )}
                </li>
              );
            })}
          </ul>
        )}
      </div>
    </section>
  );
}

function clean(search: InboxSearch): InboxSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value)) as InboxSearch;
}

/** While the mouse is over the list its order stands still; what came meanwhile waits behind a button. */
function useHeld(items: Item[]) {
  const [held, setHeld] = useState<string[] | null>(null);
  const current = useRef(items);
  current.current = items;
  const { rows, waiting } = useMemo(
    () => (held ? heldOrder(held, items) : { rows: items, waiting: 0 }),
    [held, items],
  );
  const hold = useCallback(() => setHeld(current.current.map(({ id }) => id)), []);
  const release = useCallback(() => setHeld(null), []);
  // Pages that were scrolled to are not news.
  const length = items.length;
  useEffect(() => {
    setHeld((before) => (before && length >= before.length + 20 ? current.current.map(({ id }) => id) : before));
  }, [length]);
  return { rows, waiting, hold, release };
}

export interface Picked {
  ids: Set<string>;
  toggle: (id: string, range: boolean) => void;
  clear: () => void;
  all: () => void;
}

function usePicked(rows: Item[]): Picked {
  const [ids, setIds] = useState<Set<string>>(new Set());
  const lastPicked = useRef<string | null>(null);
  const current = useRef(rows);
  current.current = rows;
  const toggle = useCallback((id: string, range: boolean) => {
    setIds((before) => {
      const next = new Set(before);
      const order = current.current.map((row) => row.id);
      const from = range && lastPicked.current ? order.indexOf(lastPicked.current) : -1;
      const to = order.indexOf(id);
      if (from >= 0 && to >= 0) order.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((one) => next.add(one));
      else if (!next.delete(id)) next.add(id);
      lastPicked.current = id;
      return next;
    });
  }, []);
  const clear = useCallback(() => setIds(new Set()), []);
  const all = useCallback(() => setIds(new Set(current.current.slice(0, 100).map(({ id }) => id))), []);
  return { ids, toggle, clear, all };
}

function SearchField({ value, change, input }: { value: string; change: (q: string) => void; input: React.RefObject<HTMLInputElement | null> }) {
  const t = useSay();
  const [typed, setTyped] = useState(value);
  const later = useDebouncedCallback(change, 250);
  useEffect(() => setTyped(value), [value]);
  return (
    <div className={css["search"]}>
      <TextInput
        ref={input}
        type="search"
        size="xs"
        aria-label={t("inbox.search")}
        placeholder={t("inbox.search")}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        maxLength={200}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          later(event.currentTarget.value.trim());
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          setTyped("");
          change("");
          event.currentTarget.blur();
        }}
        rightSection={
          typed && (
            <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t("act.clear")} onClick={() => (setTyped(""), change(""))}>
              <IconX size={14} />
            </ActionIcon>
          )
        }
      />
    </div>
  );
}

function Refine({ search, list, refine }: { search: InboxSearch; list: string; refine: (part: Partial<InboxSearch>) => void }) {
  const t = useSay();
  const sort = search.sort ?? usualSort(list);
  const own = useViews()?.find(({ id }) => id === list);
  const [edited, setEdited] = useState<"this" | "new" | null>(null);
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Tooltip label={t("inbox.refine")}>
          <Menu.Target>
            <ActionIcon variant={search.channel || search.sort ? "light" : "subtle"} color={search.channel || search.sort ? "teal" : "gray"} aria-label={t("inbox.refine")}>
              <IconAdjustments size={18} />
            </ActionIcon>
          </Menu.Target>
        </Tooltip>
        <Menu.Dropdown>
          <Menu.Label>{t("inbox.sort")}</Menu.Label>
          {SORTS.map((one) => (
            <Menu.RadioItem
              key={one}
              value={one}
              checked={sort === one}
              closeMenuOnClick
              onChange={() => refine({ sort: one === usualSort(list) ? "" : one })}
            >
              {t(`inbox.sort_${one}` as TextKey)}
            </Menu.RadioItem>
          ))}
          <Menu.Divider />
          <Menu.Label>{t("inbox.channel")}</Menu.Label>
          {["", ...KINDS].map((kind) => (
            <Menu.RadioItem
              key={kind}
              value={kind}
              checked={(search.channel ?? "") === kind}
              closeMenuOnClick
              onChange={() => refine({ channel: kind })}
            >
              {kind ? channelLook(kind).name : t("inbox.everyChannel")}
            </Menu.RadioItem>
          ))}
          <Menu.Divider />
          {own && (
            <Menu.Item leftSection={<IconSettings size={16} aria-hidden />} onClick={() => setEdited("this")}>
              {t("view.edit")}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited("new")}>
            {t("view.make")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>{edited && <ViewEditor view={edited === "this" ? own! : null} close={() => setEdited(null)} />}</Suspense>
    </>
  );
}

const EMPTY: Record<string, TextKey> = {
  needs_person: "inbox.emptyWaiting",
  mine: "inbox.emptyMine",
  team: "inbox.emptyTeam",
  unassigned: "inbox.emptyUnassigned",
  bot: "inbox.emptyBot",
  mentions: "inbox.emptyMentions",
  snoozed: "inbox.emptySnoozed",
  resolved: "inbox.emptyResolved",
  open: "inbox.emptyOpen",
};

function Nothing({ list, searching, clear }: { list: string; searching: boolean; clear: () => void }) {
  const t = useSay();
  if (searching) {
    return (
      <Notice tone="empty" title={t("inbox.nothingFound")} action={<Button variant="default" onClick={clear}>{t("inbox.clearSearch")}</Button>}>
        {t("inbox.nothingFoundText")}
      </Notice>
    );
  }
  return (
    <Notice tone={list === "needs_person" ? "done" : "empty"} title={list === "needs_person" ? t("inbox.allDone") : t("inbox.emptyTitle")}>
      {t(EMPTY[list] ?? "inbox.emptyView")}
    </Notice>
  );
}

function Loading() {
  const t = useSay();
  return (
    <div role="status">
      <span className="visually-hidden">{t("frame.loading")}</span>
      {Array.from({ length: 8 }, (_, n) => (
        <div key={n} className={css["loading"]}>
          <LoadingRow />
        </div>
      ))}
    </div>
  );
}

function LoadingRow() {
  return (
    <div className={css["loadingRow"]} aria-hidden>
      <Skeleton height={14} width="55%" />
      <Skeleton height={12} width="90%" />
      <Skeleton height={12} width="35%" />
    </div>
  );
}
