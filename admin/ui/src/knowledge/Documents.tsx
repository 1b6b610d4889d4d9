import { ActionIcon, Button, Menu, Progress, Select, Table } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { number } from "../i18n/speech";
import { useAct } from "../owner/act";
import { bytes } from "../owner/amounts";
import { Chip } from "../owner/Chip";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { Ago } from "../ui/Ago";
import { Confirm } from "../ui/Confirm";
import { IconDots, IconPlus } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { reordered, type Order } from "../ui/order";
import { Rows } from "../ui/Rows";
import { busy, BUSY_PACE, documentsKey, STATES, useContexts, type Document } from "./data";
import css from "./knowledge.module.css";

type Sort = NonNullable<Schemas["DocumentsQuery"]["sort"]>;
interface Filter {
  status?: Document["status"];
  context?: string;
  sort?: Sort;
  order?: "asc" | "desc";
}
const FIGURES: Sort[] = ["chunks", "size", "updated_at"];

/** Everything that was given to read, with what became of it. `add` opens the way to give more. */
export function Documents({ add }: { add: (() => void) | null }) {
  const t = useWords();
  const locale = useLocale();
  const { tenant, slug, may } = useHere();
  const filter = useSearch({ strict: false }) as Filter;
  const pages = usePages(
    [...documentsKey(tenant), filter],
    (cursor) => unwrap(api.GET("/api/v1/tenants/{tenant}/documents", { params: { path: { tenant }, query: { ...part(cursor), ...filter } } })),
    (items) => (items.some(busy) ? BUSY_PACE : false),
  );
  const [removed, setRemoved] = useState<Document | null>(null);
  const act = useAct(documentsKey(tenant));
  const keep = useKept(filter);
  const order: Order | null = filter.sort ? { by: filter.sort, down: filter.order !== "asc" } : null;
  const reorder = (by: string) => {
    const { down } = reordered(order, by, FIGURES.includes(by as Sort));
    keep({ sort: by as Sort, order: down ? "desc" : "asc" });
  };
  const filtered = Boolean(filter.status ?? filter.context);
  const path = (document: string) => ({ path: { tenant, document } });
  const reindex = (one: Document) =>
    act(
      () => unwrap(api.POST("/api/v1/tenants/{tenant}/documents/{document}/reindex", { params: { ...path(one.id), header: once() } })),
      t("knowledge.reindexed", { name: one.title }),
    );
  return (
    <>
      <Filters filter={filter} keep={keep} />
      <Listed
        pages={pages}
        empty={
          filtered ? (
            <Notice tone="empty" title={t("inbox.nothingFound")}>
              {t("knowledge.noMatch")}
            </Notice>
          ) : (
            <Notice tone="empty" title={t("knowledge.none")} action={add && <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={add}>{t("knowledge.addFirst")}</Button>}>
              {t("knowledge.noneText")}
            </Notice>
          )
        }
      >
        {(items) => (
          <Rows
            minWidth={640}
            columns={[
              { word: t("knowledge.titleField"), sort: "title" },
              t("own.state"),
              { figure: t("knowledge.passages"), sort: "chunks" },
              { figure: t("knowledge.size"), sort: "size" },
              { word: t("knowledge.changed"), sort: "updated_at" },
              { acts: t("own.actions") },
            ]}
            order={order}
            reorder={reorder}
          >
            {items.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Link to="/$tenant/knowledge/documents/$document" params={{ tenant: slug, document: one.id }}>
                    <bdi>{one.title}</bdi>
                  </Link>
                  <bdi className={owner["sub"]}>{one.url ?? one.name}</bdi>
                </Table.Td>
                <Table.Td>
                  <DocumentState document={one} />
                </Table.Td>
                <Table.Td className={owner["num"] ?? ""}>{number(locale, one.chunks)}</Table.Td>
                <Table.Td className={owner["num"] ?? ""}>{bytes(locale, one.size)}</Table.Td>
                <Table.Td>
                  <Ago at={one.updated_at} />
                </Table.Td>
                <Table.Td>
                  {may("knowledge:write") && (
                    <Menu position="bottom-end">
                      <Menu.Target>
                        <ActionIcon variant="subtle" color="gray" aria-label={t("people.more", { name: one.title })}>
                          <IconDots size={18} />
                        </ActionIcon>
                      </Menu.Target>
                      <Menu.Dropdown>
                        <Menu.Item onClick={() => void reindex(one)}>{t("knowledge.reindex")}</Menu.Item>
                        <Menu.Item color="red" onClick={() => setRemoved(one)}>
                          {t("knowledge.delete")}
                        </Menu.Item>
                      </Menu.Dropdown>
                    </Menu>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        )}
      </Listed>
      {removed && (
        <Confirm
          title={t("knowledge.deleteAsk", { name: removed.title })}
          text={t("knowledge.deleteText")}
          act={t("knowledge.delete")}
          close={() => setRemoved(null)}
          run={async () =>
            void (await act(
              () => unwrap(api.DELETE("/api/v1/tenants/{tenant}/documents/{document}", { params: path(removed.id) })),
              t("knowledge.deleted", { name: removed.title }),
            ))
          }
        />
      )}
    </>
  );
}

/** What became of a document: a word, how far while it is read, and why it failed. */
export function DocumentState({ document }: { document: Document }) {
  const t = useWords();
  const { mood, word } = STATES[document.status];
  return (
    <>
      <Chip mood={mood}>{t(word)}</Chip>
      {document.status === "processing" && <Progress value={document.progress * 100} aria-label={t("knowledge.processing")} mt={4} />}
      {document.error && <span className={css["wrong"]}>{document.error}</span>}
    </>
  );
}

/** Keeps in the address what the list is narrowed to and ordered by. */
function useKept(filter: Filter) {
  const { slug } = useHere();
  const navigate = useNavigate();
  return (change: Filter | { status?: undefined; context?: undefined }) => {
    const wanted = Object.entries({ ...filter, ...change }).filter(([, value]) => value);
    void navigate({ to: "/$tenant/knowledge/$part", params: { tenant: slug, part: "documents" }, search: Object.fromEntries(wanted), replace: true });
  };
}

function Filters({ filter, keep }: { filter: Filter; keep: ReturnType<typeof useKept> }) {
  const t = useWords();
  const contexts = useContexts().data?.items ?? [];
  return (
    <div className={css["filters"]}>
      <Select
        label={t("own.state")}
        data={[{ value: "", label: t("own.all") }, ...(Object.keys(STATES) as Document["status"][]).map((value) => ({ value, label: t(STATES[value].word) }))]}
        value={filter.status ?? ""}
        onChange={(value) => keep({ status: (value || undefined) as never })}
      />
      {contexts.length > 0 && (
        <Select
          label={t("knowledge.context")}
          data={[{ value: "", label: t("own.all") }, ...contexts.map(({ name }) => ({ value: name, label: name }))]}
          value={filter.context ?? ""}
          onChange={(value) => keep({ context: (value || undefined) as never })}
        />
      )}
    </div>
  );
}
