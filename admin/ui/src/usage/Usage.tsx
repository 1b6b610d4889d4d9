import { Button, Group, Progress, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useChannels } from "../channels/data";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { number } from "../i18n/speech";
import { SpanChoice } from "../insight/SpanChoice";
import { useSpan } from "../insight/span";
import { useAct } from "../owner/act";
import { money } from "../owner/amounts";
import { Figures, type Column } from "../owner/Figures";
import { Guard } from "../owner/Guard";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { Confirm } from "../ui/Confirm";
import { IconPlus } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { Page, Section } from "../ui/Page";
import { BudgetForm } from "./BudgetForm";
import { Calls } from "./Calls";

const BY = ["model", "provider", "task", "channel", "conversation", "day"] as const;
type By = (typeof BY)[number];
type Line = Schemas["UsageLine"];
export type Budget = Schemas["BudgetView"];
export const budgetsKey = (tenant: string) => ["budgets", tenant] as const;

/** What models used and cost, and how much they may cost. */
export function Usage() {
  const t = useWords();
  return (
    <Guard needs="usage:read" title={t("usage.title")}>
      <Shown />
    </Guard>
  );
}

function Shown() {
  const t = useWords();
  const { tenant } = useHere();
  const [span, change] = useSpan();
  const asked = (useSearch({ strict: false }) as { report?: string }).report;
  const by: By = BY.find((one) => one === asked) ?? "model";
  const query = useQuery({
    queryKey: ["usage", tenant, by, span.query],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/usage", {
          params: { path: { tenant }, query: { by, since: span.query.from, ...(span.query.to ? { until: span.query.to } : {}) } },
        }),
      ),
  });
  const dates = span.days === null ? { from: span.from, to: span.to } : { days: String(span.days) };
  return (
    <Page title={t("usage.title")} wide>
      <Budgets />
      <Calls />
      <Section title={t("usage.used")}>
        <Select
          label={t("usage.by")}
          w={260}
          maw="100%"
          mb="md"
          data={BY.map((value) => ({ value, label: t(`usage.by_${value}`) }))}
          value={by}
          onChange={(value) => change({ ...dates, report: value ?? "model" })}
        />
        <SpanChoice span={span} change={change} />
        <Loaded query={query} shape="rows">
          {(report) =>
            report.items.length === 0 ? (
              <Notice tone="empty" title={t("insight.noLines")}>
                {t("usage.nothing")}
              </Notice>
            ) : (
              <Lines by={by} lines={report.items} total={report.total} />
            )
          }
        </Loaded>
      </Section>
    </Page>
  );
}

function Lines({ by, lines, total }: { by: By; lines: Line[]; total: Line }) {
  const t = useWords();
  const locale = useLocale();
  const channels = useChannels().data?.items ?? [];
  const names = new Map(channels.map(({ id, name }) => [id, name]));
  const label = (line: Line) => (line.key === null ? t("usage.none") : by === "channel" ? (names.get(line.key) ?? line.key) : line.key);
  const columns: Column<Line>[] = [
    { head: t("usage.calls"), cell: (line) => number(locale, line.calls), of: (line) => line.calls },
    { head: t("usage.failed"), cell: (line) => number(locale, line.failed), of: (line) => line.failed },
    { head: t("usage.input"), cell: (line) => number(locale, line.input_tokens), of: (line) => line.input_tokens },
    { head: t("usage.cached"), cell: (line) => number(locale, line.cached_tokens), of: (line) => line.cached_tokens },
    { head: t("usage.output"), cell: (line) => number(locale, line.output_tokens), of: (line) => line.output_tokens },
    { head: t("insight.cost"), cell: (line) => <Cost line={line} />, of: (line) => (line.cost ? Number(line.cost.amount) : null) },
  ];
  return <Figures of={t(`usage.by_${by}`)} columns={columns} lines={lines} label={label} total={{ label: t("insight.total"), line: total }} />;
}

function Cost({ line }: { line: Line }) {
  const t = useWords();
  const locale = useLocale();
  return (
    <>
      {line.cost ? money(locale, line.cost.amount, line.cost.currency) : "–"}
      {line.unpriced > 0 && <span className={owner["sub"]}>{t("usage.unpriced", { n: line.unpriced })}</span>}
    </>
  );
}

function Budgets() {
  const t = useWords();
  const { tenant, may } = useHere();
  const act = useAct(budgetsKey(tenant));
  const [edited, setEdited] = useState<Budget | "new" | null>(null);
  const [removed, setRemoved] = useState<Budget | null>(null);
  const query = useQuery({
    queryKey: budgetsKey(tenant),
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/budgets", { params: { path: { tenant } } })),
    refetchInterval: 15_000,
  });
  const add = may("tenant:write") && (
    <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited("new")}>
      {t("usage.addBudget")}
    </Button>
  );
  return (
    <Section title={t("usage.budgets")} text={t("usage.budgetsText")}>
      <Loaded query={query} n={1}>
        {({ items }) => (
          <>
            <ul className={owner["list"]}>
              {items.map((budget) => (
                <li key={budget.id}>
                  <BudgetCard budget={budget} change={() => setEdited(budget)} remove={() => setRemoved(budget)} />
                </li>
              ))}
            </ul>
            {items.length === 0 && <p className={owner["sub"]}>{t("usage.noBudgets")}</p>}
            <Group mt="sm">{add}</Group>
          </>
        )}
      </Loaded>
      {edited && <BudgetForm budget={edited === "new" ? null : edited} close={() => setEdited(null)} />}
      {removed && (
        <Confirm
          title={t("usage.removeAsk")}
          text={t("usage.removeText")}
          act={t("act.remove")}
          close={() => setRemoved(null)}
          run={async () =>
            void (await act(
              () => unwrap(api.DELETE("/api/v1/tenants/{tenant}/budgets/{budget}", { params: { path: { tenant, budget: removed.id } } })),
              t("own.changed"),
            ))
          }
        />
      )}
    </Section>
  );
}

function BudgetCard({ budget, change, remove }: { budget: Budget; change: () => void; remove: () => void }) {
  const t = useWords();
  const locale = useLocale();
  const { may } = useHere();
  const amount = (value: string) => (budget.unit === "usd" ? money(locale, value, "USD") : t("usage.tokens", { n: Number(value) }));
  const most = budget.uses[0];
  const name = t("usage.budgetName", { amount: amount(budget.amount), scope: t(`usage.scope_${budget.scope}` as "usage.scope_tenant"), period: t(`usage.period_${budget.period}` as "usage.period_day") });
  return (
    <section className={owner["card"]} aria-label={name}>
      <div className={owner["grow"]}>
        <strong>{name}</strong>
        <span className={owner["sub"]}>{most ? t("usage.spent", { spent: amount(most.spent), percent: most.percent }) : t("usage.unspent")}</span>
        <Progress value={Math.min(100, most?.percent ?? 0)} color={most && most.percent >= 80 ? "red" : "teal"} mt={6} aria-label={name} />
      </div>
      {may("tenant:write") && (
        <>
          <Button size="compact-sm" variant="default" onClick={change} aria-label={`${t("people.edit")}: ${name}`}>
            {t("people.edit")}
          </Button>
          <Button size="compact-sm" variant="subtle" color="red" onClick={remove} aria-label={`${t("act.remove")}: ${name}`}>
            {t("act.remove")}
          </Button>
        </>
      )}
    </section>
  );
}
