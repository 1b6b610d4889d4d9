import { Button, Checkbox, Group, NumberInput, Radio, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { FormProblem } from "../ui/FormProblem";
import { Section } from "../ui/Page";
import { useSend } from "../ui/useSend";
import { BUSY_PACE, documentsKey } from "./data";

type Chosen = Schemas["ChunkingView"];
const STRATEGIES = ["structure", "recursive", "fixed"] as const;
const USUAL = { strategy: "structure", size: 220, overlap: 30 } as const;
const cuttingKey = (tenant: string) => ["chunking", tenant] as const;

/** How documents are cut into passages, and how many are cut so already. */
export function Cutting() {
  const t = useWords();
  const { tenant } = useHere();
  const query = useQuery({
    queryKey: cuttingKey(tenant),
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/chunking", { params: { path: { tenant } } })),
    refetchInterval: (state) => ((state.state.data?.waiting ?? 0) > 0 ? BUSY_PACE : false),
  });
  return (
    <Section title={t("cutting.title")} text={t("cutting.text")}>
      <Loaded query={query} shape="fields">
        {(now) => <CuttingForm key={`${now.strategy}/${now.size}/${now.overlap}`} now={now} />}
      </Loaded>
    </Section>
  );
}

function CuttingForm({ now }: { now: Chosen }) {
  const t = useWords();
  const { tenant, may } = useHere();
  const act = useAct(cuttingKey(tenant), documentsKey(tenant));
  const [strategy, setStrategy] = useState<Chosen["strategy"]>(now.strategy);
  const [size, setSize] = useState<number | string>(now.size);
  const [overlap, setOverlap] = useState<number | string>(now.overlap);
  const [anew, setAnew] = useState(true);
  const { busy, refused, wrong, send, forget } = useSend<Chosen>(["size", "overlap"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { strategy, size: Number(size), overlap: Number(overlap), anew };
    const saved = await send(() => unwrap(api.PUT("/api/v1/tenants/{tenant}/chunking", { params: { path: { tenant } }, body })));
    if (saved) await act(async () => {}, t("cutting.saved"));
  };
  const usual = () => {
    setStrategy(USUAL.strategy);
    setSize(USUAL.size);
    setOverlap(USUAL.overlap);
  };
  const locked = !may("knowledge:write");
  const same = strategy === now.strategy && Number(size) === now.size && Number(overlap) === now.overlap;
  return (
    <>
      <form onSubmit={(event) => void submit(event)} noValidate aria-label={t("cutting.title")}>
        <Stack gap="md" maw={640}>
          <FormProblem>{refused}</FormProblem>
          <Radio.Group label={t("cutting.strategy")} value={strategy} onChange={(value) => setStrategy(value as Chosen["strategy"])}>
            <Stack gap="xs" mt="xs">
              {STRATEGIES.map((one) => (
                <Radio key={one} value={one} label={t(`cutting.${one}`)} description={t(`cutting.${one}Text`)} disabled={locked} />
              ))}
            </Stack>
          </Radio.Group>
          <NumberInput
            label={t("cutting.size")}
            description={t("cutting.sizeText")}
            min={40}
            max={2000}
            value={size}
            error={wrong["size"]}
            disabled={locked}
            onChange={(value) => {
              setSize(value);
              forget("size");
            }}
          />
          <NumberInput
            label={t("cutting.overlap")}
            description={t("cutting.overlapText")}
            min={0}
            max={1000}
            value={overlap}
            error={wrong["overlap"]}
            disabled={locked}
            onChange={(value) => {
              setOverlap(value);
              forget("overlap");
            }}
          />
          {!locked && now.documents > 0 && <Checkbox label={t("cutting.anew")} description={t("cutting.anewText")} checked={anew} onChange={(event) => setAnew(event.currentTarget.checked)} />}
          {!locked && (
            <Group>
              <Button type="submit" loading={busy} disabled={same || size === "" || overlap === ""}>
                {t("act.save")}
              </Button>
              <Button variant="default" onClick={usual}>
                {t("cutting.usual")}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
      {now.documents > 0 && <HowFar now={now} locked={locked} />}
    </>
  );
}

function HowFar({ now, locked }: { now: Chosen; locked: boolean }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(cuttingKey(tenant), documentsKey(tenant));
  const cut = () => act(() => unwrap(api.POST("/api/v1/tenants/{tenant}/chunking/anew", { params: { path: { tenant }, header: once() } })), t("cutting.begun"));
  return (
    <Group mt="md" data-cut={`${now.current}/${now.documents}`}>
      <span className={owner["sub"]}>
        {t("cutting.current", { n: now.current, all: now.documents })} {now.waiting > 0 && t("cutting.waiting", { n: now.waiting })}
      </span>
      {!locked && now.waiting === 0 && now.current < now.documents && (
        <Button size="compact-sm" variant="default" onClick={() => void cut()}>
          {t("cutting.cutAnew")}
        </Button>
      )}
    </Group>
  );
}
