import { Button, Group, Modal, NumberInput, Progress, Select, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords, type OwnKey } from "../i18n/owner";
import { useAct } from "../owner/act";
import { percent } from "../owner/amounts";
import { Chip } from "../owner/Chip";
import { Listed } from "../owner/Listed";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { Ago } from "../ui/Ago";
import { Confirm } from "../ui/Confirm";
import { FormProblem } from "../ui/FormProblem";
import { IconPlus } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { useSend } from "../ui/useSend";
import { Cases } from "./Cases";
import { RunView } from "./RunView";
import { useVersions } from "./versions";

type DataSet = Schemas["SetView"];
export type Run = Schemas["RunView"];
export const evaluationsKey = (tenant: string) => ["evaluations", tenant] as const;
export const running = (run: Run) => run.state === "queued" || run.state === "running";
/** The figures shown first; the others stand in the run. */
const SHOWN: [string, OwnKey][] = [
  ["right", "evaluation.right"],
  ["refused", "evaluation.refusedRate"],
];

/** Judged questions, asked of the bot again and again, so that a change is known to be better before customers meet it. */
export function Evaluations({ locked }: { locked: boolean }) {
  const t = useWords();
  const { tenant } = useHere();
  const [edited, setEdited] = useState<DataSet | "new" | null>(null);
  const pages = usePages(evaluationsKey(tenant), (cursor) => unwrap(api.GET("/api/v1/tenants/{tenant}/evaluation-sets", { params: { path: { tenant }, query: part(cursor) } })));
  const add = !locked && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited("new")}>
      {t("evaluation.newSet")}
    </Button>
  );
  return (
    <>
      <p className={owner["sub"]}>{t("evaluation.text")}</p>
      <Listed
        shape="cards"
        pages={pages}
        empty={
          <Notice tone="empty" title={t("evaluation.none")} action={add}>
            {t("evaluation.noneText")}
          </Notice>
        }
      >
        {(items) => (
          <>
            <Group mb="md">{add}</Group>
            {items.map((one) => (
              <OneSet key={one.id} set={one} locked={locked} edit={() => setEdited(one)} />
            ))}
          </>
        )}
      </Listed>
      {edited && <SetForm set={edited === "new" ? null : edited} close={() => setEdited(null)} />}
    </>
  );
}

function OneSet({ set, locked, edit }: { set: DataSet; locked: boolean; edit: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const key = [...evaluationsKey(tenant), set.id, "runs"] as const;
  const act = useAct(evaluationsKey(tenant));
  const [asking, setAsking] = useState(false);
  const [listed, setListed] = useState(false);
  const [gone, setGone] = useState(false);
  const [looked, setLooked] = useState<Run | null>(null);
  const [version, setVersion] = useState<string | null>(null);
  const versions = useVersions().data?.pages.flatMap((page) => page.items) ?? [];
  const path = { tenant, data_set: set.id };
  const runs = useQuery({
    queryKey: key,
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/evaluation-sets/{data_set}/runs", { params: { path, query: { limit: 5 } } })),
    refetchInterval: (state) => (state.state.data?.items.some(running) ? 1_500 : false),
  });
  const start = () => act(() => unwrap(api.POST("/api/v1/tenants/{tenant}/evaluation-sets/{data_set}/runs", { params: { path, header: once() }, body: version === null ? {} : { prompt_id: version } })), t("evaluation.begun"));
  const learn = () => act(() => unwrap(api.POST("/api/v1/tenants/{tenant}/evaluation-sets/{data_set}/cases/from-feedback", { params: { path, header: once() }, body: { days: 30 } })), t("own.changed"));
  const remove = () => act(() => unwrap(api.DELETE("/api/v1/tenants/{tenant}/evaluation-sets/{data_set}", { params: { path } })), t("own.changed"));
  return (
    <section aria-label={set.name}>
      <div className={owner["card"]} data-set={set.name}>
        <div className={owner["grow"]}>
          <strong>{set.name}</strong>
          <Button size="compact-sm" variant="subtle" ms={-8} onClick={() => setListed(true)} aria-label={`${t("evaluation.cases", { n: set.cases })}: ${set.name}`}>
            {t("evaluation.cases", { n: set.cases })}
          </Button>
          {set.blocks_publishing && <Chip mood="waits">{t("evaluation.blocks")}</Chip>}
        </div>
        {!locked && (
          <Group gap="xs">
            {versions.length > 0 && (
              <Select
                size="xs"
                w={150}
                clearable
                aria-label={`${t("evaluation.under")}: ${set.name}`}
                placeholder={t("bot.againstNow")}
                data={versions.map((one) => ({ value: one.id, label: t("bot.version", { n: one.version }) }))}
                value={version}
                onChange={setVersion}
              />
            )}
            <Button size="compact-sm" onClick={() => void start()} disabled={set.cases === 0} aria-label={`${t("evaluation.run")}: ${set.name}`}>
              {t("evaluation.run")}
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => setAsking(true)} aria-label={`${t("evaluation.addCases")}: ${set.name}`}>
              {t("evaluation.addCases")}
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => void learn()} aria-label={`${t("evaluation.fromFeedback")}: ${set.name}`}>
              {t("evaluation.fromFeedback")}
            </Button>
            <Button size="compact-sm" variant="default" onClick={edit} aria-label={`${t("people.edit")}: ${set.name}`}>
              {t("people.edit")}
            </Button>
            <Button size="compact-sm" variant="subtle" color="red" onClick={() => setGone(true)} aria-label={`${t("own.delete")}: ${set.name}`}>
              {t("own.delete")}
            </Button>
          </Group>
        )}
      </div>
      <Loaded query={runs} n={1}>
        {({ items }) => (
          <ul className={owner["list"]}>
            {items.map((run) => (
              <li key={run.id}>
                <OneRun run={run} look={() => setLooked(run)} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {listed && <Cases set={set} locked={locked} close={() => setListed(false)} />}
      {asking && <CasesForm set={set} close={() => setAsking(false)} />}
      {looked && <RunView run={looked} close={() => setLooked(null)} />}
      {gone && <Confirm title={t("evaluation.deleteAsk", { name: set.name })} text={t("evaluation.deleteText")} act={t("own.delete")} close={() => setGone(false)} run={async () => void (await remove())} />}
    </section>
  );
}

function OneRun({ run, look }: { run: Run; look: () => void }) {
  const t = useWords();
  const locale = useLocale();
  const figures = SHOWN.filter(([name]) => run.figures[name] !== undefined).map(([name, label]) => `${t(label)} ${percent(locale, run.figures[name] ?? 0)}`);
  return (
    <div className={owner["card"]} data-run={run.state}>
      <div className={owner["grow"]}>
        <strong>{run.prompt === null ? t("evaluation.bySettings") : t("bot.version", { n: run.prompt })}</strong>
        <span className={owner["sub"]}>
          {[...figures].join(" · ")} <Ago at={run.created_at} />
        </span>
        {running(run) && <Progress value={run.total > 0 ? (100 * run.done) / run.total : 0} mt={6} aria-label={t("evaluation.runs")} />}
        {run.error && <span className={owner["sub"]}>{run.error}</span>}
      </div>
      {run.state === "done" && run.passed !== null && <Chip mood={run.passed ? "good" : "bad"}>{t(run.passed ? "evaluation.passed" : "evaluation.missed")}</Chip>}
      {run.state === "failed" && <Chip mood="bad">{t("evaluation.failed")}</Chip>}
      {run.state === "done" && (
        <Button size="compact-sm" variant="default" onClick={look}>
          {t("bot.look")}
        </Button>
      )}
    </div>
  );
}

function SetForm({ set, close }: { set: DataSet | null; close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(evaluationsKey(tenant));
  const [name, setName] = useState(set?.name ?? "");
  const [right, setRight] = useState<number | string>(set?.thresholds["right"] === undefined ? "" : 100 * set.thresholds["right"]);
  const [refusals, setRefusals] = useState<number | string>(set?.thresholds["refused"] === undefined ? "" : 100 * set.thresholds["refused"]);
  const [blocks, setBlocks] = useState(set?.blocks_publishing ?? false);
  const { busy, refused, wrong, send } = useSend<unknown>(["name", "thresholds"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { right: _right, refused: _refused, ...others } = set?.thresholds ?? {};
    const thresholds = { ...others, ...(right === "" ? {} : { right: Number(right) / 100 }), ...(refusals === "" ? {} : { refused: Number(refusals) / 100 }) };
    const body = { thresholds, blocks_publishing: blocks };
    const saved = await send(() =>
      set
        ? unwrap(api.PATCH("/api/v1/tenants/{tenant}/evaluation-sets/{data_set}", { params: { path: { tenant, data_set: set.id } }, body }))
        : unwrap(api.POST("/api/v1/tenants/{tenant}/evaluation-sets", { params: { path: { tenant }, header: once() }, body: { ...body, name: name.trim() } })),
    );
    if (!saved) return;
    await act(async () => {}, t("own.changed"));
    close();
  };
  return (
    <Modal opened onClose={close} title={t(set ? "people.edit" : "evaluation.newSet")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          {!set && <TextInput label={t("own.name")} required maxLength={100} data-autofocus value={name} error={wrong["name"]} onChange={(event) => setName(event.currentTarget.value)} />}
          <NumberInput label={t("evaluation.leastRight")} description={t("bot.noLimit")} suffix=" %" min={0} max={100} value={right} onChange={setRight} error={wrong["thresholds"]} />
          <NumberInput label={t("evaluation.leastRefused")} description={t("bot.noLimit")} suffix=" %" min={0} max={100} value={refusals} onChange={setRefusals} />
          <Switch label={t("evaluation.blocks")} description={t("evaluation.blocksText")} checked={blocks} onChange={(event) => setBlocks(event.currentTarget.checked)} />
          <Button type="submit" loading={busy} disabled={!set && name.trim() === ""}>
            {t("act.save")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}

function CasesForm({ set, close }: { set: DataSet; close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(evaluationsKey(tenant));
  const [lines, setLines] = useState("");
  const [answerable, setAnswerable] = useState(true);
  const { busy, refused, send } = useSend<unknown>([]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const questions = lines.split("\n").map((line) => line.trim()).filter(Boolean);
    const cases = questions.map((question) => ({ question, expect: answerable ? ("answer" as const) : ("refusal" as const) }));
    const path = { tenant, data_set: set.id };
    if (!(await send(() => unwrap(api.POST("/api/v1/tenants/{tenant}/evaluation-sets/{data_set}/cases", { params: { path, header: once() }, body: { cases } }))))) return;
    await act(async () => {}, t("own.changed"));
    close();
  };
  return (
    <Modal opened onClose={close} size="lg" title={t("evaluation.addCases")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <Textarea label={t("evaluation.questions")} description={t("evaluation.questionsText")} autosize minRows={5} maxRows={16} dir="auto" data-autofocus value={lines} onChange={(event) => setLines(event.currentTarget.value)} />
          <Switch label={t("evaluation.answerable")} description={t("evaluation.answerableText")} checked={answerable} onChange={(event) => setAnswerable(event.currentTarget.checked)} />
          <Button type="submit" loading={busy} disabled={lines.trim() === ""}>
            {t("act.save")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
