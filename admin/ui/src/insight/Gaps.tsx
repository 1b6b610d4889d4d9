import { Button, Select, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { FixIt } from "../fix/FixIt";
import { useLocale } from "../i18n";
import { useWords, type OwnKey } from "../i18n/owner";
import { duration } from "../owner/amounts";
import { Guard } from "../owner/Guard";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { useTab } from "../owner/tab";
import { Ago } from "../ui/Ago";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Pairs } from "./Pairs";

type Gap = Schemas["GapView"];
const DAYS = ["7", "30", "90", "365"];
const REASONS: Record<string, OwnKey> = { no_answer: "gaps.no_answer", handed_over: "gaps.handed_over", disliked: "gaps.disliked" };

/** What customers asked and nothing answered: the most asked first, each one step from its answer. */
export function Gaps() {
  const t = useWords();
  return (
    <Guard needs="conversations:read_all" title={t("gaps.title")}>
      <Shown />
    </Guard>
  );
}

function Shown() {
  const t = useWords();
  const [tab, open] = useTab(["gaps", "pairs"], "gaps");
  return (
    <Page title={t("gaps.title")}>
      <Tabs value={tab} onChange={open} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="gaps">{t("gaps.open")}</Tabs.Tab>
          <Tabs.Tab value="pairs">{t("gaps.pairs")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="gaps">
          <Open />
        </Tabs.Panel>
        <Tabs.Panel value="pairs">
          <Pairs />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Open() {
  const t = useWords();
  const { tenant } = useHere();
  const navigate = useNavigate();
  const asked = (useSearch({ strict: false }) as { days?: string }).days ?? "";
  const days = DAYS.includes(asked) ? asked : "30";
  const [answered, setAnswered] = useState<Gap | null>(null);
  const query = useQuery({
    queryKey: ["gaps", tenant, days],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/gaps", { params: { path: { tenant }, query: { days: Number(days) } } })),
  });
  return (
    <>
      <p className={owner["sub"]}>{t("gaps.text")}</p>
      <Select
        label={t("insight.span")}
        w={220}
        mb="md"
        data={DAYS.map((value) => ({ value, label: t("gaps.time", { n: Number(value) }) }))}
        value={days}
        allowDeselect={false}
        onChange={(value) => void navigate({ to: ".", search: { days: value ?? "30" } as never, replace: true })}
      />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Notice tone="empty" title={t("gaps.none")}>
              {t("gaps.noneText")}
            </Notice>
          ) : (
            <ol className={owner["list"]}>
              {items.map((gap) => (
                <li key={gap.conversations[0] ?? gap.question}>
                  <One gap={gap} answer={() => setAnswered(gap)} />
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
      {answered && <FixIt question={answered.question} sources={[]} close={() => setAnswered(null)} />}
    </>
  );
}

function One({ gap, answer }: { gap: Gap; answer: () => void }) {
  const t = useWords();
  const locale = useLocale();
  const { slug, may } = useHere();
  const others = gap.examples.filter((one) => one !== gap.question);
  const spent = gap.agent_seconds > 0 ? [t("gaps.spent", { time: duration(locale, gap.agent_seconds) })] : [];
  const reasons = Object.entries(gap.reasons).map(([reason, n]) => (REASONS[reason] ? t(REASONS[reason], { n }) : reason));
  return (
    <article className={owner["card"]} data-count={gap.count}>
      <div className={owner["grow"]}>
        <strong dir="auto">{gap.question}</strong>
        <span className={owner["sub"]}>
          {[t("gaps.asked", { n: gap.count }), t("gaps.people", { n: gap.people }), ...reasons, ...spent].join(" · ")} · <Ago at={gap.last} />
        </span>
        {gap.nearest && <span className={owner["sub"]}>{t("gaps.nearest", { title: gap.nearest })}</span>}
        {others.length > 0 && (
          <details>
            <summary>{t("gaps.alike")}</summary>
            <ul>
              {others.map((one) => (
                <li key={one} dir="auto">
                  {one}
                </li>
              ))}
            </ul>
          </details>
        )}
        <details>
          <summary>{t("gaps.talks")}</summary>
          <ul>
            {gap.conversations.map((one, n) => (
              <li key={one}>
                <Link to="/$tenant/inbox/$list/$conversation" params={{ tenant: slug, list: "open", conversation: one }}>
                  {t("gaps.talk", { n: n + 1 })}
                </Link>
              </li>
            ))}
          </ul>
        </details>
      </div>
      {may("knowledge:write") && (
        <Button size="compact-sm" onClick={answer} aria-label={`${t("gaps.answer")}: ${gap.question}`}>
          {t("gaps.answer")}
        </Button>
      )}
    </article>
  );
}
