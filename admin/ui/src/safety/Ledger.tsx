import { Button, Select, Table, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords, type OwnKey, type OwnSay } from "../i18n/owner";
import { number } from "../i18n/speech";
import { channelLook, reasonWords } from "../inbox/words";
import { duration } from "../owner/amounts";
import { Chip, type Mood } from "../owner/Chip";
import { Guard } from "../owner/Guard";
import { Listed } from "../owner/Listed";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { useTab } from "../owner/tab";
import { Ago } from "../ui/Ago";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Rows } from "../ui/Rows";
import { AgainByDate, type Dates } from "./AgainByDate";
import { EntryModal } from "./EntryModal";
import { Unsent } from "./Unsent";

export type Outcome = Schemas["LedgerView"]["outcomes"][number]["outcome"];
export const OUTCOMES: Record<Outcome, Mood> = {
  open: "busy",
  answered: "good",
  handed_over: "waits",
  waiting: "waits",
  ignored: "off",
  dead: "bad",
};
/** Why a message ended as it did. Those by which people are asked for have their words at the desk. */
const WHY: Record<string, OwnKey> = {
  answer: "ledger.why_answer",
  extracts: "ledger.why_extracts",
  no_answer: "ledger.why_no_answer",
  phrase: "ledger.why_phrase",
  asked: "ledger.why_asked",
  agent: "ledger.why_agent",
  in_queue: "ledger.why_in_queue",
  resolved: "ledger.why_resolved",
  group: "ledger.why_group",
  not_addressed: "ledger.why_not_addressed",
  loop_guard: "ledger.why_loop_guard",
  deleted: "ledger.why_deleted",
  reopened: "ledger.why_reopened",
  stopped: "ledger.why_stopped",
  failed_every_time: "ledger.why_failed_every_time",
};

export function whyWords({ outcome, reason }: { outcome: Outcome; reason: string | null }, t: OwnSay): string {
  const known = reason && (outcome !== "handed_over" || reason === "agent") ? WHY[reason] : undefined;
  return known ? t(known) : (reasonWords(reason, t) ?? "–");
}

export const ledgerKey = (tenant: string) => ["ledger", tenant] as const;

/** Every message that came in and what became of it; what could not be worked on is tried again from here. */
export function Ledger() {
  const t = useWords();
  return (
    <Guard needs="ledger:read" title={t("ledger.title")}>
      <Parts />
    </Guard>
  );
}

function Parts() {
  const t = useWords();
  const { tenant } = useHere();
  const [tab, open] = useTab(["in", "out"], "in");
  const query = useQuery({
    queryKey: [...ledgerKey(tenant), "counts"],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/ledger", { params: { path: { tenant } } })),
    refetchInterval: 5_000,
  });
  return (
    <Page title={t("ledger.title")} wide>
      <p>{t("ledger.text")}</p>
      <Loaded query={query} shape="tiles" n={7}>
        {(counts) => <Counts counts={counts} />}
      </Loaded>
      <Tabs value={tab} onChange={open} keepMounted={false} mt="lg">
        <Tabs.List mb="md">
          <Tabs.Tab value="in">{t("ledger.in")}</Tabs.Tab>
          <Tabs.Tab value="out">{t("ledger.out")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="in">
          <Entries dead={query.data?.dead ?? 0} />
        </Tabs.Panel>
        <Tabs.Panel value="out">
          <Unsent dead={query.data?.deliveries.dead ?? 0} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Counts({ counts }: { counts: Schemas["LedgerView"] }) {
  const t = useWords();
  const locale = useLocale();
  const sums = new Map<Outcome, number>();
  for (const { outcome, count } of counts.outcomes) sums.set(outcome, (sums.get(outcome) ?? 0) + count);
  return (
    <>
      {counts.open.stuck && counts.open.oldest_seconds !== null && (
        <Notice tone="failed" title={t("ledger.stuck")}>
          {t("ledger.stuckText", { time: duration(locale, counts.open.oldest_seconds) })}
        </Notice>
      )}
      <div className={owner["tiles"]}>
        {(Object.keys(OUTCOMES) as Outcome[]).map((outcome) => (
          <div key={outcome} className={owner["tile"]} data-outcome={outcome}>
            <Chip mood={OUTCOMES[outcome]}>{t(`ledger.${outcome}`)}</Chip>
            <strong>{number(locale, sums.get(outcome) ?? 0)}</strong>
          </div>
        ))}
        <div className={owner["tile"]} data-outcome="unsent">
          <Chip mood={counts.deliveries.dead + counts.deliveries.unknown > 0 ? "bad" : "good"}>{t("ledger.unsent")}</Chip>
          <strong>{number(locale, counts.deliveries.dead + counts.deliveries.unknown)}</strong>
        </div>
      </div>
    </>
  );
}

function Entries({ dead }: { dead: number }) {
  const t = useWords();
  const { tenant, slug, may } = useHere();
  const navigate = useNavigate();
  const { outcome } = useSearch({ strict: false }) as { outcome?: Outcome };
  const key = ledgerKey(tenant);
  const [again, setAgain] = useState(false);
  const [opened, setOpened] = useState<string | null>(null);
  const pages = usePages(
    [...key, "entries", outcome],
    (cursor) => unwrap(api.GET("/api/v1/tenants/{tenant}/ledger/entries", { params: { path: { tenant }, query: { ...part(cursor), ...(outcome ? { outcome } : {}) } } })),
    5_000,
  );
  const replay = (dates: Dates) =>
    unwrap(api.POST("/api/v1/tenants/{tenant}/ledger/replay", { params: { path: { tenant }, header: once() }, body: { outcome: "dead", ...dates } }));
  return (
    <>
      <div className={owner["filters"]}>
        <Select
          label={t("ledger.outcome")}
          data={[{ value: "", label: t("own.all") }, ...(Object.keys(OUTCOMES) as Outcome[]).map((value) => ({ value, label: t(`ledger.${value}`) }))]}
          value={outcome ?? ""}
          onChange={(value) => void navigate({ to: "/$tenant/ledger", params: { tenant: slug }, search: value ? { outcome: value } : {}, replace: true })}
        />
        {may("ledger:replay") && dead > 0 && (
          <Button variant="default" onClick={() => setAgain(true)}>
            {t("ledger.replayAll", { n: dead })}
          </Button>
        )}
      </div>
      <Listed
        pages={pages}
        empty={
          <Notice tone="empty" title={t(outcome ? "inbox.nothingFound" : "ledger.none")}>
            {t(outcome ? "ledger.noMatch" : "ledger.noneText")}
          </Notice>
        }
      >
        {(items) => (
          <Rows minWidth={680} columns={[t("own.when"), t("ledger.what"), t("ledger.outcome"), t("ledger.why"), { acts: t("own.actions") }]}>
            {items.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Ago at={one.received_at} />
                </Table.Td>
                <Table.Td>
                  {channelLook(one.channel).name}
                  <span className={owner["sub"]}>{one.type}</span>
                </Table.Td>
                <Table.Td>
                  <Chip mood={OUTCOMES[one.outcome]}>{t(`ledger.${one.outcome}`)}</Chip>
                </Table.Td>
                <Table.Td>
                  {whyWords(one, t)}
                  {one.error && <span className={owner["sub"]}>{one.error}</span>}
                </Table.Td>
                <Table.Td>
                  <Button size="compact-sm" variant="default" onClick={() => setOpened(one.id)} aria-label={`${t("own.details")}: ${one.platform_id}`}>
                    {t("own.details")}
                  </Button>
                  {one.conversation_id && (
                    <Link className={owner["sub"]} to="/$tenant/inbox/$list/$conversation" params={{ tenant: slug, list: "open", conversation: one.conversation_id }}>
                      {t("ledger.conversation")}
                    </Link>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        )}
      </Listed>
      {again && <AgainByDate title={t("ledger.replayAll", { n: dead })} text={t("ledger.byDate")} keys={[key]} run={replay} close={() => setAgain(false)} />}
      {opened && <EntryModal id={opened} close={() => setOpened(null)} />}
    </>
  );
}
