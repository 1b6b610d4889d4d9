import { Button, Group, Modal, Progress, Select, Stack, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { number } from "../i18n/speech";
import { useAct } from "../owner/act";
import { percent } from "../owner/amounts";
import { Chip, type Mood } from "../owner/Chip";
import { Figures, type Column } from "../owner/Figures";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { Confirm } from "../ui/Confirm";
import { FormProblem } from "../ui/FormProblem";
import { IconPlus } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { Section } from "../ui/Page";
import { useSend } from "../ui/useSend";

type VectorSet = Schemas["EmbeddingSetView"];
type Comparison = Schemas["Comparison"];
const MOODS: Record<VectorSet["state"], Mood> = { active: "good", ready: "waits", filling: "busy", stopped: "bad" };
const vectorsKey = (tenant: string) => ["embedding-sets", tenant] as const;

/** The vectors by which meaning is found: two models side by side, compared, and the switch between them. */
export function Vectors() {
  const t = useWords();
  const { tenant, may } = useHere();
  const act = useAct(vectorsKey(tenant));
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<{ act: "activate" | "remove"; set: VectorSet } | null>(null);
  const query = useQuery({
    queryKey: vectorsKey(tenant),
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/embedding-sets", { params: { path: { tenant } } })),
    refetchInterval: (state) => (state.state.data?.items.some((one) => one.state === "filling") ? 1_500 : false),
  });
  const writes = may("knowledge:write");
  const at = (embedding_set: string) => ({ params: { path: { tenant, embedding_set }, header: once() } });
  const activate = (one: VectorSet) => act(() => unwrap(api.POST("/api/v1/tenants/{tenant}/embedding-sets/{embedding_set}/activate", at(one.id))), t("vectors.switched", { model: one.model }));
  const fill = (one: VectorSet) => act(() => unwrap(api.POST("/api/v1/tenants/{tenant}/embedding-sets/{embedding_set}/fill", { ...at(one.id), body: { activate: false } })));
  const remove = (one: VectorSet) =>
    act(() => unwrap(api.DELETE("/api/v1/tenants/{tenant}/embedding-sets/{embedding_set}", { params: { path: { tenant, embedding_set: one.id } } })), t("own.changed"));
  return (
    <Section title={t("vectors.title")} text={t("vectors.text")}>
      <Loaded query={query} n={1}>
        {({ items, models }) => (
          <>
            {items.length === 0 && (
              <Notice tone="empty" title={t("vectors.none")}>
                {t("vectors.noneText")}
              </Notice>
            )}
            <ul className={owner["list"]}>
              {items.map((one) => (
                <li key={one.id} className={owner["card"]} data-state={one.state}>
                  <div className={owner["grow"]}>
                    <strong>
                      <bdi>{one.model}</bdi>
                    </strong>
                    <span className={owner["sub"]}>{t("vectors.filled", { n: one.filled, all: one.passages, dims: one.dimensions })}</span>
                    {one.state === "filling" && <Progress value={one.passages > 0 ? (100 * one.filled) / one.passages : 0} mt={6} aria-label={one.model} />}
                    {one.error && <span className={owner["sub"]}>{one.error}</span>}
                  </div>
                  <Chip mood={MOODS[one.state]}>{t(`vectors.${one.state}`)}</Chip>
                  {writes && (
                    <Group gap="xs">
                      {one.state === "ready" && (
                        <Button size="compact-sm" onClick={() => setAsked({ act: "activate", set: one })} aria-label={`${t("vectors.activate")}: ${one.model}`}>
                          {t("vectors.activate")}
                        </Button>
                      )}
                      {one.state === "stopped" && (
                        <Button size="compact-sm" variant="default" onClick={() => void fill(one)} aria-label={`${t("knowledge.goOn")}: ${one.model}`}>
                          {t("knowledge.goOn")}
                        </Button>
                      )}
                      {one.state !== "active" && (
                        <Button size="compact-sm" variant="subtle" color="red" onClick={() => setAsked({ act: "remove", set: one })} aria-label={`${t("act.remove")}: ${one.model}`}>
                          {t("act.remove")}
                        </Button>
                      )}
                    </Group>
                  )}
                </li>
              ))}
            </ul>
            {writes && models.length > 0 && (
              <Group mt="md">
                <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
                  {t("vectors.add")}
                </Button>
              </Group>
            )}
            {writes && items.length > 1 && <Compared />}
            {adding && <NewVectors models={models.filter(({ model }) => !items.some((one) => one.model === model))} close={() => setAdding(false)} />}
          </>
        )}
      </Loaded>
      {asked && (
        <Confirm
          title={t(asked.act === "activate" ? "vectors.activateAsk" : "vectors.removeAsk", { model: asked.set.model })}
          text={t(asked.act === "activate" ? "vectors.activateText" : "vectors.removeText")}
          act={t(asked.act === "activate" ? "vectors.activate" : "act.remove")}
          close={() => setAsked(null)}
          run={async () => void (await (asked.act === "activate" ? activate(asked.set) : remove(asked.set)))}
        />
      )}
    </Section>
  );
}

function NewVectors({ models, close }: { models: Schemas["EmbeddingModelView"][]; close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(vectorsKey(tenant));
  const [model, setModel] = useState<string | null>(models[0]?.model ?? null);
  const [activates, setActivates] = useState(false);
  const { busy, refused, wrong, send } = useSend<unknown>(["model"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (model === null) return;
    const body = { model, activate: activates };
    if (!(await send(() => unwrap(api.POST("/api/v1/tenants/{tenant}/embedding-sets", { params: { path: { tenant }, header: once() }, body }))))) return;
    await act(async () => {}, t("vectors.begun", { model }));
    close();
  };
  return (
    <Modal opened onClose={close} title={t("vectors.add")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <Select
            label={t("vectors.model")}
            description={t(models.length === 0 ? "vectors.noModels" : "vectors.modelText")}
            data={models.map((one) => ({ value: one.model, label: `${one.model} (${one.provider})` }))}
            value={model}
            onChange={setModel}
            error={wrong["model"]}
          />
          <Switch label={t("vectors.whenFull")} checked={activates} onChange={(event) => setActivates(event.currentTarget.checked)} />
          <Button type="submit" loading={busy} disabled={model === null}>
            {t("vectors.begin")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}

/** How well each set finds, asked for because it takes a while. */
function Compared() {
  const t = useWords();
  const locale = useLocale();
  const { tenant } = useHere();
  const [found, setFound] = useState<Comparison | null>(null);
  const { busy, refused, send } = useSend<Comparison>([]);
  const compare = async () => {
    const given = await send(() => unwrap(api.POST("/api/v1/tenants/{tenant}/embedding-sets/compare", { params: { path: { tenant }, header: once() }, body: {} })));
    if (given) setFound(given);
  };
  const columns: Column<Schemas["ComparedSet"]>[] = [
    { head: t("vectors.ndcg"), cell: ({ hybrid }) => percent(locale, hybrid.ndcg_at_10), of: ({ hybrid }) => hybrid.ndcg_at_10 },
    { head: t("vectors.recall"), cell: ({ hybrid }) => percent(locale, hybrid.recall_at_10), of: ({ hybrid }) => hybrid.recall_at_10 },
    { head: t("vectors.alone"), cell: ({ vector }) => percent(locale, vector.ndcg_at_10), of: ({ vector }) => vector.ndcg_at_10 },
    { head: t("vectors.pace"), cell: ({ milliseconds }) => t("vectors.ms", { n: number(locale, milliseconds) }), of: ({ milliseconds }) => milliseconds },
  ];
  return (
    <section aria-label={t("vectors.compare")}>
      <Group my="md">
        <Button variant="default" loading={busy} onClick={() => void compare()}>
          {t("vectors.compare")}
        </Button>
      </Group>
      <FormProblem>{refused}</FormProblem>
      {found && (
        <>
          <p className={owner["sub"]}>{t(found.made_up ? "vectors.madeUp" : "vectors.judged", { n: found.questions })}</p>
          <Figures of={t("vectors.model")} columns={columns} lines={found.items} label={({ set }) => set.model} />
        </>
      )}
    </section>
  );
}
