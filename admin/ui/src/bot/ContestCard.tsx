import { Button, Group, Table } from "@mantine/core";
import { useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords, type OwnKey } from "../i18n/owner";
import { number } from "../i18n/speech";
import { useAct } from "../owner/act";
import { money, percent } from "../owner/amounts";
import owner from "../owner/owner.module.css";
import { Ago } from "../ui/Ago";
import { Confirm } from "../ui/Confirm";
import { ProblemNotice } from "../ui/ProblemNotice";
import { armOf, contestKey, FEW, useContest, type Arm, type Contest } from "./contest";
import { ContestForm } from "./ContestForm";

interface Props {
  /** Puts the version with this id to use; null for those who may only look. */
  use: ((id: string, version: number) => Promise<void>) | null;
}

/** The version, or model, that is tried beside what is in use, with the figures of both. Nothing where none is tried. */
export function ContestCard({ use }: Props) {
  const query = useContest();
  if (query.data) return query.data.share !== null && <Running contest={query.data} use={use} />;
  return query.error && <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
}

function Running({ contest, use }: Props & { contest: Contest }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(contestKey(tenant));
  const [open, setOpen] = useState<"share" | "end" | null>(null);
  const [busy, setBusy] = useState(false);
  const id = contest.prompt_id;
  const tried = contest.version ?? 0;
  const share = contest.share ?? 0;
  const begun = !id
    ? t("contest.besideModel", { model: contest.model ?? "", share })
    : contest.in_use === null
      ? t("contest.besideSettings", { n: tried, share })
      : t("contest.beside", { n: tried, share, other: contest.in_use });
  const end = () => act(() => unwrap(api.DELETE("/api/v1/tenants/{tenant}/prompts/contest", { params: { path: { tenant } } })), t("contest.ended"));
  const win = async () => {
    setBusy(true);
    if (id) await use?.(id, tried);
    setBusy(false);
  };
  return (
    <section className={owner["card"]} aria-label={t("contest.title")} data-contest={tried}>
      <div className={owner["whole"]}>
        <strong>{t("contest.title")}</strong>
        <span className={owner["sub"]}>
          {begun} {contest.since && <Ago at={contest.since} />}
        </span>
        <Arms contest={contest} />
        {use && (
          <Group gap="xs" mt="md">
            {id && (
              <Button size="compact-sm" onClick={() => void win()} loading={busy}>
                {t("contest.win", { n: tried })}
              </Button>
            )}
            <Button size="compact-sm" variant="default" onClick={() => setOpen("share")}>
              {t("contest.change")}
            </Button>
            <Button size="compact-sm" variant="subtle" color="red" onClick={() => setOpen("end")}>
              {t("contest.end")}
            </Button>
          </Group>
        )}
      </div>
      {open === "share" && <ContestForm version={{ id, version: tried }} model={contest.model} close={() => setOpen(null)} />}
      {open === "end" && <Confirm title={t("contest.endAsk")} text={t("contest.endText")} act={t("contest.end")} close={() => setOpen(null)} run={async () => void (await end())} />}
    </section>
  );
}

function Arms({ contest }: { contest: Contest }) {
  const t = useWords();
  const locale = useLocale();
  const arms = [armOf(contest, true), armOf(contest, false)];
  const n = (value: number) => number(locale, value);
  const of = (value: number, arm: Arm) => (arm.messages === 0 ? n(value) : `${n(value)} · ${percent(locale, value / arm.messages)}`);
  const figures: [string, OwnKey, (arm: Arm) => string][] = [
    ["model", "system.model", (arm) => arm.model ?? "–"],
    ["conversations", "contest.conversations", (arm) => n(arm.conversations)],
    ["messages", "contest.messages", (arm) => n(arm.messages)],
    ["answered", "contest.answered", (arm) => of(arm.answered, arm)],
    ["unanswered", "contest.unanswered", (arm) => of(arm.unanswered, arm)],
    ["handed_over", "contest.handedOver", (arm) => of(arm.handed_over, arm)],
    ["support", "insight.support", (arm) => (arm.support === null ? "–" : percent(locale, arm.support))],
    ["cost", "insight.cost", (arm) => (arm.cost ? money(locale, arm.cost.amount, arm.cost.currency) : "–")],
    ["thumbs", "contest.thumbs", (arm) => t("insight.thumbs", { up: n(arm.up), down: n(arm.down) })],
  ];
  return (
    <>
      <Table mt="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Td>
              <span className="visually-hidden">{t("evaluation.figure")}</span>
            </Table.Td>
            {arms.map((arm) => (
              <Table.Th key={`${arm.tried}`} className={owner["num"]}>
                {arm.version === null ? t("evaluation.bySettings") : t("bot.version", { n: arm.version })}
                <span className={owner["sub"]}>{t(arm.tried ? "contest.tried" : "bot.inUse")}</span>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {figures.map(([name, label, show]) => (
            <Table.Tr key={name} data-figure={name}>
              <Table.Th scope="row" fw={400}>
                {t(label)}
              </Table.Th>
              {arms.map((arm) => (
                <Table.Td key={`${arm.tried}`} className={owner["num"]} data-arm={arm.version ?? "settings"}>
                  {show(arm)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {arms.some((arm) => arm.messages < FEW) && <p className={owner["sub"]}>{t("contest.few", { n: FEW })}</p>}
    </>
  );
}
