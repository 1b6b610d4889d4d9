import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { documentsKey } from "../knowledge/data";
import { useAct } from "../owner/act";
import { Chip } from "../owner/Chip";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { FormProblem } from "../ui/FormProblem";
import { IconSearch } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { useSend } from "../ui/useSend";

type Pair = Schemas["PairView"];
const MOODS = { proposed: "waits", approved: "good", rejected: "off" } as const;
export const pairsKey = (tenant: string) => ["qa-pairs", tenant] as const;

/** What colleagues answered, as questions with answers: proposed, looked through, and only then known to the bot. */
export function Pairs() {
  const t = useWords();
  const { tenant, may } = useHere();
  const act = useAct(pairsKey(tenant), documentsKey(tenant), ["gaps", tenant]);
  const [edited, setEdited] = useState<Pair | null>(null);
  const [busy, setBusy] = useState(false);
  const pages = usePages(pairsKey(tenant), (cursor) => unwrap(api.GET("/api/v1/tenants/{tenant}/qa-pairs", { params: { path: { tenant }, query: part(cursor) } })));
  const writes = may("knowledge:write");
  const at = (pair: string) => ({ params: { path: { tenant, pair }, header: once() } });
  const mine = async () => {
    setBusy(true);
    let found = 0;
    await act(async () => {
      const mined = await unwrap(api.POST("/api/v1/tenants/{tenant}/qa-pairs/mine", { params: { path: { tenant }, header: once() }, body: { days: 30 } }));
      found = (mined as Schemas["MinedView"]).proposed;
    });
    setBusy(false);
    setMined(found);
  };
  const [mined, setMined] = useState<number | null>(null);
  const look = writes && (
    <Button variant="default" leftSection={<IconSearch size={16} aria-hidden />} loading={busy} onClick={() => void mine()}>
      {t("gaps.mine")}
    </Button>
  );
  return (
    <>
      <p className={owner["sub"]}>{t("gaps.pairsText")}</p>
      <Group mb="md">
        {look}
        <span role="status">{mined === null ? "" : t("gaps.mined", { n: mined })}</span>
      </Group>
      <Listed shape="cards" pages={pages} empty={<Notice tone="empty" title={t("gaps.noPairs")}>{t("gaps.noPairsText")}</Notice>}>
        {(items) => (
          <ul className={owner["list"]}>
            {items.map((pair) => (
              <li key={pair.id} className={owner["card"]} data-state={pair.state}>
                <div className={owner["grow"]}>
                  <strong dir="auto">{pair.question}</strong>
                  <p dir="auto">{pair.answer}</p>
                  <Group gap="md">
                    <Chip mood={MOODS[pair.state]}>{t(`gaps.pair_${pair.state}`)}</Chip>
                    {pair.times > 0 && <span className={owner["sub"]}>{t("gaps.times", { n: pair.times })}</span>}
                    {pair.personal && <span className={owner["sub"]}>{t("gaps.personal")}</span>}
                  </Group>
                  {pair.times > 0 && <Where pair={pair.id} />}
                </div>
                {writes && pair.state !== "rejected" && (
                  <Group gap="xs">
                    <Button size="compact-sm" variant="default" onClick={() => setEdited(pair)} aria-label={`${t("people.edit")}: ${pair.question}`}>
                      {t("people.edit")}
                    </Button>
                    {pair.state === "proposed" && (
                      <Button
                        size="compact-sm"
                        onClick={() => void act(() => unwrap(api.POST("/api/v1/tenants/{tenant}/qa-pairs/{pair}/approve", at(pair.id))), t("fix.published"))}
                        aria-label={`${t("fix.publish")}: ${pair.question}`}
                      >
                        {t("fix.publish")}
                      </Button>
                    )}
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      color="red"
                      onClick={() => void act(() => unwrap(api.POST("/api/v1/tenants/{tenant}/qa-pairs/{pair}/reject", at(pair.id))), t("gaps.rejected"))}
                      aria-label={`${t("gaps.reject")}: ${pair.question}`}
                    >
                      {t("gaps.reject")}
                    </Button>
                  </Group>
                )}
              </li>
            ))}
          </ul>
        )}
      </Listed>
      {edited && <PairForm pair={edited} close={() => setEdited(null)} />}
    </>
  );
}

/** The conversations a pair was found in, asked for when somebody wants to see. */
function Where({ pair }: { pair: string }) {
  const t = useWords();
  const { tenant, slug } = useHere();
  const [open, setOpen] = useState(false);
  const found = useQuery({
    queryKey: [...pairsKey(tenant), pair],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/qa-pairs/{pair}", { params: { path: { tenant, pair } } })),
    enabled: open,
  }).data;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("gaps.talks")}</summary>
      <ul>
        {found?.conversations.map((one, n) => (
          <li key={one}>
            <Link to="/$tenant/inbox/$list/$conversation" params={{ tenant: slug, list: "resolved", conversation: one }}>
              {t("gaps.talk", { n: n + 1 })}
            </Link>
          </li>
        ))}
      </ul>
    </details>
  );
}

function PairForm({ pair, close }: { pair: Pair; close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(pairsKey(tenant), documentsKey(tenant));
  const [question, setQuestion] = useState(pair.question);
  const [answer, setAnswer] = useState(pair.answer);
  const { busy, refused, wrong, send } = useSend<Pair>(["question", "answer"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { question: question.trim(), answer: answer.trim() };
    if (!(await send(() => unwrap(api.PATCH("/api/v1/tenants/{tenant}/qa-pairs/{pair}", { params: { path: { tenant, pair: pair.id } }, body }))))) return;
    await act(async () => {}, t("own.changed"));
    close();
  };
  return (
    <Modal opened onClose={close} size="lg" title={t("gaps.editPair")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <TextInput label={t("fix.question")} required maxLength={500} dir="auto" value={question} error={wrong["question"]} onChange={(event) => setQuestion(event.currentTarget.value)} />
          <Textarea label={t("fix.answer")} required autosize minRows={4} maxLength={4000} dir="auto" value={answer} error={wrong["answer"]} onChange={(event) => setAnswer(event.currentTarget.value)} />
          <Button type="submit" loading={busy} disabled={question.trim().length < 3 || answer.trim().length < 3}>
            {t("act.save")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
