import { Button, Table } from "@mantine/core";
import { useState } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { channelLook } from "../inbox/words";
import { useAct } from "../owner/act";
import { Chip } from "../owner/Chip";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { Ago } from "../ui/Ago";
import { Confirm } from "../ui/Confirm";
import { Notice } from "../ui/Notice";
import { plainText } from "../ui/plainText";
import { Rows } from "../ui/Rows";
import { AgainByDate, type Dates } from "./AgainByDate";
import { ledgerKey } from "./Ledger";

type One = Schemas["UnsentView"];

/** Outgoing messages that did not go out, or of which nobody knows; sending them again asks where it may double. */
export function Unsent({ dead }: { dead: number }) {
  const t = useWords();
  const { tenant, may } = useHere();
  const key = ledgerKey(tenant);
  const act = useAct(key);
  const [again, setAgain] = useState(false);
  const [asked, setAsked] = useState<One | null>(null);
  const pages = usePages(
    [...key, "unsent"],
    (cursor) => unwrap(api.GET("/api/v1/tenants/{tenant}/ledger/deliveries", { params: { path: { tenant }, query: part(cursor) } })),
    5_000,
  );
  const send = (one: One) =>
    act(
      () =>
        unwrap(
          api.POST("/api/v1/tenants/{tenant}/ledger/deliveries/replay", {
            params: { path: { tenant }, header: once() },
            body: { ids: [one.id], even_unknown: one.state === "unknown" },
          }),
        ),
      t("ledger.sentAgain"),
    );
  const sendAll = (dates: Dates) =>
    unwrap(api.POST("/api/v1/tenants/{tenant}/ledger/deliveries/replay", { params: { path: { tenant }, header: once() }, body: { state: "dead", even_unknown: false, ...dates } }));
  const textOf = (one: One) => {
    const text = one.parts.find((part) => typeof part["text"] === "string")?.["text"];
    return (typeof text === "string" && plainText(text)) || t("message.noText");
  };
  return (
    <>
      {may("ledger:replay") && dead > 0 && (
        <Button variant="default" mb="md" onClick={() => setAgain(true)}>
          {t("ledger.sendAll", { n: dead })}
        </Button>
      )}
      {again && <AgainByDate title={t("ledger.sendAll", { n: dead })} text={t("ledger.byDate")} keys={[key]} run={sendAll} close={() => setAgain(false)} />}
      <Listed pages={pages} empty={<Notice tone="done" title={t("ledger.allSent")}>{t("ledger.allSentText")}</Notice>}>
        {(items) => (
          <Rows minWidth={640} columns={[t("own.when"), t("ledger.message"), t("own.state"), { acts: t("own.actions") }]}>
            {items.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Ago at={one.created_at} />
                  <span className={owner["sub"]}>{channelLook(one.channel).name}</span>
                </Table.Td>
                <Table.Td dir="auto">{textOf(one)}</Table.Td>
                <Table.Td>
                  <Chip mood={one.state === "dead" ? "bad" : "waits"}>{t(`ledger.delivery_${one.state}`)}</Chip>
                  {one.error && <span className={owner["sub"]}>{one.error}</span>}
                </Table.Td>
                <Table.Td>
                  {may("ledger:replay") && (
                    <Button size="compact-sm" variant="default" onClick={() => (one.state === "unknown" ? setAsked(one) : void send(one))}>
                      {t("ledger.sendAgain")}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        )}
      </Listed>
      {asked && (
        <Confirm
          title={t("ledger.doubleAsk")}
          text={t("ledger.doubleText")}
          act={t("ledger.sendAgain")}
          close={() => setAsked(null)}
          run={async () => void (await send(asked))}
        />
      )}
    </>
  );
}
