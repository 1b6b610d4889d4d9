import { Button, Select, Table, TextInput } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { Guard } from "../owner/Guard";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { useMembers } from "../people/members";
import { Ago } from "../ui/Ago";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Rows } from "../ui/Rows";

interface Filter {
  actor?: string;
  act?: string;
}

/** Who did what, when and from where. */
export function Audit() {
  const t = useWords();
  return (
    <Guard needs="audit:read" title={t("audit.title")}>
      <List />
    </Guard>
  );
}

function List() {
  const t = useWords();
  const { tenant, slug } = useHere();
  const navigate = useNavigate();
  const members = useMembers().all;
  const filter = useSearch({ strict: false }) as Filter;
  const [open, setOpen] = useState<string | null>(null);
  const pages = usePages(["audit", tenant, filter.actor, filter.act], (cursor) =>
    unwrap(api.GET("/api/v1/tenants/{tenant}/audit", { params: { path: { tenant }, query: { ...part(cursor), ...filter } } })),
  );
  const keep = (change: Record<keyof Filter, string> | { actor: string } | { act: string }) => {
    const wanted = Object.entries({ ...filter, ...change }).filter(([, value]) => value);
    void navigate({ to: "/$tenant/audit", params: { tenant: slug }, search: Object.fromEntries(wanted), replace: true });
  };
  return (
    <Page title={t("audit.title")} wide>
      <div className={owner["filters"]}>
        <Select
          label={t("audit.who")}
          data={[{ value: "", label: t("own.all") }, ...members.map(({ id, name }) => ({ value: id, label: name }))]}
          value={filter.actor ?? ""}
          onChange={(value) => keep({ actor: value ?? "" })}
        />
        <TextInput label={t("audit.act")} placeholder="member.changed" defaultValue={filter.act ?? ""} onBlur={(event) => keep({ act: event.currentTarget.value.trim() })} onKeyDown={(event) => event.key === "Enter" && keep({ act: event.currentTarget.value.trim() })} />
      </div>
      <Listed
        pages={pages}
        empty={
          <Notice tone="empty" title={t(filter.actor || filter.act ? "inbox.nothingFound" : "audit.empty")}>
            {t(filter.actor || filter.act ? "audit.none" : "audit.emptyText")}
          </Notice>
        }
      >
        {(items) => (
          <Rows minWidth={680} columns={[t("own.when"), t("audit.who"), t("audit.act"), t("audit.from"), { acts: t("own.details") }]}>
            {items.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Ago at={one.at} />
                </Table.Td>
                <Table.Td>
                  <bdi>{one.actor_name || one.actor_kind}</bdi>
                </Table.Td>
                <Table.Td>
                  {one.act}
                  {one.target && <bdi className={owner["sub"]}>{one.target}</bdi>}
                  {open === one.id && (
                    <pre className={owner["code"]} dir="ltr" tabIndex={0}>
                      {JSON.stringify(one.details, null, 2)}
                    </pre>
                  )}
                </Table.Td>
                <Table.Td dir="ltr">{one.address || "–"}</Table.Td>
                <Table.Td>
                  {Object.keys(one.details).length > 0 && (
                    <Button size="compact-sm" variant="subtle" aria-expanded={open === one.id} onClick={() => setOpen(open === one.id ? null : one.id)}>
                      {t("own.details")}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        )}
      </Listed>
    </Page>
  );
}
