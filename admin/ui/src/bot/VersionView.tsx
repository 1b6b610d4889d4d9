import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { FormProblem } from "../ui/FormProblem";
import { Markdown } from "../ui/Markdown";
import { useSend } from "../ui/useSend";
import css from "./bot.module.css";
import { useContest } from "./contest";
import { ContestForm } from "./ContestForm";
import { versionsKey, type Version } from "./versions";

interface Props {
  version: Version;
  others: Version[];
  /** Puts it to use; null for those who may only look. */
  use: (() => Promise<void>) | null;
  close: () => void;
}

/** One version: what it says, what it changes, what the bot would answer under it. */
export function VersionView({ version, others, use, close }: Props) {
  const t = useWords();
  const { may } = useHere();
  const [busy, setBusy] = useState(false);
  const [trying, setTrying] = useState(false);
  const tried = useContest().data?.prompt_id === version.id;
  const title = t("bot.version", { n: version.version });
  const put = async () => {
    if (!use) return;
    setBusy(true);
    await use();
    setBusy(false);
  };
  if (trying) {
    return (
      <ContestForm
        version={version}
        close={(begun) => {
          setTrying(false);
          if (begun) close();
        }}
      />
    );
  }
  return (
    <Modal opened onClose={close} size="xl" title={title} closeButtonProps={{ "aria-label": t("act.close") }}>
      <Stack gap="lg">
        {version.note && (
          <p className={owner["sub"]} dir="auto">
            {version.note}
          </p>
        )}
        <pre className={owner["code"]} dir="auto" tabIndex={0} aria-label={t("bot.instructions")}>
          {[version.instructions, version.tone && `${t("bot.tone")}: ${version.tone}`].filter(Boolean).join("\n\n")}
        </pre>
        <Difference version={version} others={others.filter(({ id }) => id !== version.id)} />
        {may("tenant:write") && <Trial version={version} />}
        {use && (
          <Group justify="flex-end">
            {!version.in_use && !tried && (
              <Button variant="default" onClick={() => setTrying(true)}>
                {t("contest.tryShort")}
              </Button>
            )}
            <Button onClick={() => void put()} loading={busy} disabled={version.in_use}>
              {t(version.in_use ? "bot.inUse" : others.some((one) => one.in_use && one.version > version.version) ? "bot.goBack" : "bot.use")}
            </Button>
          </Group>
        )}
      </Stack>
    </Modal>
  );
}

function Difference({ version, others }: { version: Version; others: Version[] }) {
  const t = useWords();
  const { tenant } = useHere();
  const [against, setAgainst] = useState<string | null>(null);
  const query = useQuery({
    queryKey: [...versionsKey(tenant), "diff", version.id, against],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/prompts/{prompt}/diff", {
          params: { path: { tenant, prompt: version.id }, query: against === null ? {} : { against } },
        }),
      ),
  });
  return (
    <section aria-label={t("bot.difference")}>
      <Select
        label={t("bot.against")}
        placeholder={t("bot.againstNow")}
        clearable
        w={280}
        maw="100%"
        mb="xs"
        data={others.map((one) => ({ value: one.id, label: t("bot.version", { n: one.version }) }))}
        value={against}
        onChange={setAgainst}
      />
      <Loaded query={query} shape="rows" n={2}>
        {({ lines }) =>
          lines.length === 0 ? (
            <p className={owner["sub"]}>{t("bot.noDifference")}</p>
          ) : (
            <ol className={css["diff"]} tabIndex={0} aria-label={t("bot.difference")}>
              {/* The first two lines name the versions, which the choice above says already. */}
              {lines.slice(2).map((line, n) => (
                <li key={n} data-sign={line[0]}>
                  {line[0] === "+" && <span className="visually-hidden">{t("bot.added")}</span>}
                  {line[0] === "-" && <span className="visually-hidden">{t("bot.removed")}</span>}
                  {line.startsWith("@@") ? "…" : line}
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </section>
  );
}

function Trial({ version }: { version: Version }) {
  const t = useWords();
  const { tenant } = useHere();
  const [question, setQuestion] = useState("");
  const [answer, setAnswer] = useState<Schemas["TriedView"] | null>(null);
  const { busy, refused, send } = useSend<Schemas["TriedView"]>([]);
  const ask = async (event: FormEvent) => {
    event.preventDefault();
    if (!question.trim()) return;
    const given = await send(() =>
      unwrap(api.POST("/api/v1/tenants/{tenant}/prompts/{prompt}/preview", { params: { path: { tenant, prompt: version.id }, header: once() }, body: { question: question.trim() } })),
    );
    if (given) setAnswer(given);
  };
  return (
    <section aria-label={t("fix.trial")}>
      <form onSubmit={(event) => void ask(event)}>
        <Group gap="xs" wrap="nowrap" align="end">
          <TextInput flex={1} label={t("bot.tryVersion")} placeholder={t("knowledge.questionExample")} value={question} onChange={(event) => setQuestion(event.currentTarget.value)} />
          <Button type="submit" variant="default" loading={busy} disabled={question.trim() === ""}>
            {t("bot.ask")}
          </Button>
        </Group>
      </form>
      <FormProblem>{refused}</FormProblem>
      <div role="log" aria-live="polite">
        {answer && (
          <article className={css["said"]}>
            <Markdown text={answer.text} />
            {answer.citations.length > 0 && <p className={css["hint"]}>{t("bot.stages", { n: answer.citations.length })}</p>}
          </article>
        )}
      </div>
    </section>
  );
}
