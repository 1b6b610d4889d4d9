import { Button, Table } from "@mantine/core";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { Listed } from "../owner/Listed";
import css from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { Ago } from "../ui/Ago";
import { Notice } from "../ui/Notice";
import { Section } from "../ui/Page";
import { Rows } from "../ui/Rows";
import { at, type Channel } from "./data";

/** The messages the platform approved, which may be sent after its window has closed. */
export function ChannelTemplates({ channel }: { channel: Channel }) {
  const t = useWords();
  const { tenant, may } = useHere();
  const key = ["templates", tenant, channel.id];
  const act = useAct(key);
  const { params } = at(tenant, channel.id);
  const pages = usePages(key, (cursor) =>
    unwrap(api.GET("/api/v1/tenants/{tenant}/channels/{channel}/templates", { params: { ...params, query: part(cursor) } })),
  );
  const sync = may("channels:write") && (
    <Button
      variant="default"
      onClick={() =>
        void act(
          () => unwrap(api.POST("/api/v1/tenants/{tenant}/channels/{channel}/templates/sync", { params: { ...params, header: once() } })),
          t("channels.synced"),
        )
      }
    >
      {t("channels.sync")}
    </Button>
  );
  return (
    <Section title={t("channels.templates")} text={t("channels.templatesText")}>
      <Listed
        pages={pages}
        empty={
          <Notice tone="empty" title={t("channels.noTemplates")} action={sync}>
            {t("channels.noTemplatesText")}
          </Notice>
        }
      >
        {(items) => (
          <>
            <Rows minWidth={520} columns={[t("own.name"), t("channels.text"), t("own.state"), t("channels.fetched")]}>
              {items.map((one) => (
                <Table.Tr key={`${one.name} ${one.language}`}>
                  <Table.Td>
                    {one.name}
                    <span className={css["sub"]}>{one.language}</span>
                  </Table.Td>
                  <Table.Td dir="auto">{one.text}</Table.Td>
                  <Table.Td>{one.status}</Table.Td>
                  <Table.Td>
                    <Ago at={one.synced_at} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Rows>
            {sync}
          </>
        )}
      </Listed>
    </Section>
  );
}
