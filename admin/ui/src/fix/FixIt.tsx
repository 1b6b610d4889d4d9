// Putting an answer right where it was seen: a new question with its answer, or a passage in better words; tried, then published.
import { Button, Group, Modal, Select, Stack, Tabs, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { documentsKey } from "../knowledge/data";
import { useAct } from "../owner/act";
import { FormProblem } from "../ui/FormProblem";
import { Markdown } from "../ui/Markdown";
import { useSend } from "../ui/useSend";
import css from "./fix.module.css";
import { usePassages, type Source } from "./passages";

type Tried = Schemas["TriedView"];
interface Props {
  question: string;
  /** What the answer relied on: any of it can be put into other words. */
  sources: Source[];
  close: () => void;
}

export function FixIt({ question, sources, close }: Props) {
  const t = useWords();
  return (
    <Modal opened onClose={close} size="lg" title={t("fix.title")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <Tabs defaultValue="answer" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="answer">{t("fix.addAnswer")}</Tabs.Tab>
          {sources.length > 0 && <Tabs.Tab value="passage">{t("fix.editPassage")}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="answer">
          <NewAnswer question={question} close={close} />
        </Tabs.Panel>
        <Tabs.Panel value="passage">
          <EditPassage question={question} sources={sources} close={close} />
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}

function NewAnswer({ question, close }: { question: string; close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(documentsKey(tenant), ["gaps", tenant], ["qa-pairs", tenant]);
  const [asked, setAsked] = useState(question);
  const [text, setText] = useState("");
  const { busy, refused, wrong, send } = useSend<unknown>(["question", "answer"]);
  const publish = async () => {
    const done = await send(async () => {
      const body = { question: asked.trim(), answer: text.trim() };
      const made = await unwrap(api.POST("/api/v1/tenants/{tenant}/qa-pairs", { params: { path: { tenant }, header: once() }, body }));
      const { id: pair } = made as Schemas["PairView"];
      return unwrap(api.POST("/api/v1/tenants/{tenant}/qa-pairs/{pair}/approve", { params: { path: { tenant, pair }, header: once() } }));
    });
    if (!done) return;
    await act(async () => {}, t("fix.published"));
    close();
  };
  const ready = asked.trim() !== "" && text.trim() !== "";
  return (
    <Stack gap="md">
      <FormProblem>{refused}</FormProblem>
      <TextInput label={t("fix.question")} description={t("fix.questionText")} required maxLength={500} dir="auto" value={asked} error={wrong["question"]} onChange={(event) => setAsked(event.currentTarget.value)} />
      <Textarea label={t("fix.answer")} description={t("fix.answerText")} required autosize minRows={4} maxRows={14} dir="auto" data-autofocus value={text} error={wrong["answer"]} onChange={(event) => setText(event.currentTarget.value)} />
      <Trial question={asked} ready={ready} supposed={{ passages: [{ title: asked.trim(), text: text.trim() }], without: [] }} />
      <Group justify="flex-end">
        <Button loading={busy} disabled={!ready} onClick={() => void publish()}>
          {t("fix.publish")}
        </Button>
      </Group>
    </Stack>
  );
}

function EditPassage({ question, sources, close }: Props) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(documentsKey(tenant));
  const passages = usePassages(sources);
  const [chosen, setChosen] = useState(sources[0]?.chunk_id ?? "");
  const [typed, setTyped] = useState<Record<string, string>>({});
  const { busy, refused, wrong, send } = useSend<unknown>(["text"]);
  const source = sources.find((one) => one.chunk_id === chosen);
  const now = passages.data?.get(chosen);
  const text = typed[chosen] ?? now ?? "";
  const publish = async () => {
    if (!source) return;
    const path = { tenant, document: source.document_id, chunk: chosen };
    if (!(await send(() => unwrap(api.PUT("/api/v1/tenants/{tenant}/documents/{document}/chunks/{chunk}", { params: { path }, body: { text } }))))) return;
    await act(async () => {}, t("fix.published"));
    close();
  };
  const ready = now !== undefined && text.trim() !== "" && text !== now;
  return (
    <Stack gap="md">
      <FormProblem>{refused}</FormProblem>
      {sources.length > 1 && (
        <Select label={t("fix.which")} data={sources.map((one) => ({ value: one.chunk_id, label: `${one.n}. ${[one.title, one.section].filter(Boolean).join(" · ")}` }))} value={chosen} onChange={(value) => setChosen(value ?? chosen)} allowDeselect={false} />
      )}
      <Textarea
        label={t("fix.passage")}
        description={source ? t("fix.passageText", { title: source.title }) : undefined}
        autosize
        minRows={5}
        maxRows={16}
        dir="auto"
        disabled={now === undefined}
        value={text}
        error={wrong["text"]}
        onChange={(event) => {
          const value = event.currentTarget.value;
          setTyped((before) => ({ ...before, [chosen]: value }));
        }}
      />
      {passages.data && now === undefined && <p className={css["hint"]}>{t("fix.passageGone")}</p>}
      <Trial question={question} ready={ready} supposed={{ passages: [{ title: source?.title ?? "", text }], without: [chosen] }} />
      <Group justify="flex-end">
        <Button loading={busy} disabled={!ready} onClick={() => void publish()}>
          {t("fix.publish")}
        </Button>
      </Group>
    </Stack>
  );
}

/** What the bot would answer, were this published. */
function Trial({ question, ready, supposed }: { question: string; ready: boolean; supposed: Pick<Schemas["TryFix"], "passages" | "without"> }) {
  const t = useWords();
  const { tenant } = useHere();
  const [tried, setTried] = useState<Tried | null>(null);
  const { busy, refused, send } = useSend<Tried>([]);
  const ask = async () => {
    const body = { question: question.trim(), ...supposed };
    const given = await send(() => unwrap(api.POST("/api/v1/tenants/{tenant}/answers/preview", { params: { path: { tenant }, header: once() }, body })));
    if (given) setTried(given);
  };
  return (
    <section className={css["trial"]} aria-label={t("fix.trial")}>
      <Button variant="default" loading={busy} disabled={!ready || question.trim() === ""} onClick={() => void ask()}>
        {t("fix.try")}
      </Button>
      <FormProblem>{refused}</FormProblem>
      <div role="log" aria-live="polite">
        {tried && (
          <article className={css["said"]}>
            <Markdown text={tried.text} />
            <p className={css["hint"]}>{t("bot.stages", { n: tried.citations.length })}</p>
          </article>
        )}
      </div>
    </section>
  );
}
