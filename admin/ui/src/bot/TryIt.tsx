import { Button, Group, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { percent } from "../owner/amounts";
import { Markdown } from "../ui/Markdown";
import { FormProblem } from "../ui/FormProblem";
import { useSend } from "../ui/useSend";
import css from "./bot.module.css";

type Answer = Schemas["ChatAnswer"];
interface Turn {
  question: string;
  answer: Answer;
}

/** Asks the bot as a customer would, with what was saved, and shows how it came to each answer. */
export function TryIt() {
  const t = useWords();
  const { tenant } = useHere();
  const [question, setQuestion] = useState("");
  const [turns, setTurns] = useState<Turn[]>([]);
  const { busy, refused, send } = useSend<Answer>([]);
  const ask = async (event: FormEvent) => {
    event.preventDefault();
    const message = question.trim();
    if (!message) return;
    const conversation = turns.at(-1)?.answer.conversation_id;
    const body = { message, ...(conversation ? { conversation_id: conversation } : {}) };
    const answer = await send(() => unwrap(api.POST("/api/v1/tenants/{tenant}/chat", { params: { path: { tenant }, header: once() }, body })));
    if (!answer) return;
    setTurns((before) => [...before, { question: message, answer }]);
    setQuestion("");
  };
  return (
    <section className={css["try"]} aria-label={t("bot.try")}>
      <Group justify="space-between">
        <h2>{t("bot.try")}</h2>
        <Button size="compact-sm" variant="subtle" disabled={turns.length === 0} onClick={() => setTurns([])}>
          {t("bot.again")}
        </Button>
      </Group>
      <div role="log" aria-live="polite" className={css["log"]}>
        {turns.length === 0 && <p className={css["hint"]}>{t("bot.tryText")}</p>}
        {turns.map(({ question: asked, answer }) => (
          <div key={answer.message?.id ?? answer.conversation_id}>
            <p className={css["asked"]} dir="auto">
              {asked}
            </p>
            <article className={css["said"]}>
              {answer.message?.parts.map((part, n) => <Part key={n} text={(part as { text?: unknown }).text} />) ?? <p>{t("bot.silent")}</p>}
              {answer.message && <Stages answer={answer} message={answer.message} />}
            </article>
          </div>
        ))}
      </div>
      <FormProblem>{refused}</FormProblem>
      <form onSubmit={(event) => void ask(event)}>
        <Group gap="xs" wrap="nowrap" align="end">
          <TextInput flex={1} label={t("bot.question")} placeholder={t("knowledge.questionExample")} value={question} onChange={(event) => setQuestion(event.currentTarget.value)} />
          <Button type="submit" loading={busy} disabled={question.trim() === ""}>
            {t("bot.ask")}
          </Button>
        </Group>
      </form>
    </section>
  );
}

function Part({ text }: { text: unknown }) {
  return typeof text === "string" ? <Markdown text={text} /> : null;
}

/** From the question to the answer: what was searched for, what was found, what bears it out, what it cost. */
function Stages({ answer, message }: { answer: Answer; message: Schemas["MessageView"] }) {
  const t = useWords();
  const locale = useLocale();
  const { tenant, may } = useHere();
  const [open, setOpen] = useState(false);
  const { conversation_id: conversation, citations, handoff } = answer;
  const why = useQuery({
    queryKey: ["why", tenant, message.id],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/conversations/{conversation}/messages/{message}/why", { params: { path: { tenant, conversation, message: message.id } } })),
    enabled: open && may("conversations:read_all"),
  }).data;
  return (
    <details className={css["stages"]} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {t("bot.stages", { n: citations.length })}
        {message.support !== null && ` · ${t("bot.support", { share: percent(locale, message.support) })}`}
        {handoff && ` · ${t("bot.handedOver")}`}
      </summary>
      <ol>
        {why?.question && <li>{t("bot.searched", { words: why.question })}</li>}
        {why && <li>{t("why.found", { n: why.found.length })}</li>}
        {why?.model && <li>{t("why.model", { model: why.model })}</li>}
        {why?.cost && <li>{t("bot.cost", { cost: why.cost })}</li>}
        {citations.map((one) => (
          <li key={one.n}>
            <bdi>{one.title}</bdi>
            {one.section && <> · {one.section}</>}
            <blockquote dir="auto">{one.quote}</blockquote>
          </li>
        ))}
      </ol>
    </details>
  );
}
