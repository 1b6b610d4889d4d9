import { Button, Group, NumberInput, Select, Switch, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState, type FormEvent } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import owner from "../owner/owner.module.css";
import { Notice } from "../ui/Notice";
import { ProblemNotice } from "../ui/ProblemNotice";
import { useContexts } from "./data";
import css from "./knowledge.module.css";
import { SearchResult } from "./SearchResult";
import { tuningOf, useKeepSettings, useTenantSettings, USUAL, wanted, type Tuning } from "./tuning";

export type SearchAnswer = Schemas["SearchAnswer"];

/** Asks the knowledge as the bot does, shows every stage of the search, and tries other settings before they are kept. */
export function TestSearch() {
  const t = useWords();
  const { tenant, may } = useHere();
  const contexts = useContexts().data?.items ?? [];
  const kept = useTenantSettings().data;
  const keep = useKeepSettings();
  const act = useAct();
  const [query, setQuery] = useState("");
  const [context, setContext] = useState<string | null>(null);
  const [tuning, setTuning] = useState<Tuning>(USUAL);
  useEffect(() => setTuning(tuningOf(kept?.settings)), [kept]);
  const search = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/tenants/{tenant}/search", {
          params: { path: { tenant } },
          body: { query: query.trim(), explain: true, settings: { ...wanted(tuning), cache: false }, ...(context ? { context } : {}) },
        }),
      ),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (query.trim()) search.mutate();
  };
  return (
    <div className={owner["two"]}>
      <form onSubmit={submit} aria-label={t("knowledge.search")}>
        <TextInput label={t("knowledge.question")} placeholder={t("knowledge.questionExample")} value={query} onChange={(event) => setQuery(event.currentTarget.value)} mb="sm" />
        {contexts.length > 0 && (
          <Select
            label={t("knowledge.context")}
            data={[{ value: "", label: t("own.all") }, ...contexts.map(({ name }) => ({ value: name, label: name }))]}
            value={context ?? ""}
            onChange={(value) => setContext(value || null)}
            mb="sm"
          />
        )}
        <Tune tuning={tuning} change={(part) => setTuning((before) => ({ ...before, ...part }))} />
        <Group mt="md">
          <Button type="submit" loading={search.isPending} disabled={query.trim() === ""}>
            {t("knowledge.find")}
          </Button>
          {may("tenant:write") && (
            <Button variant="default" onClick={() => void act(() => keep("search", wanted(tuning)), t("knowledge.tuningKept"))}>
              {t("knowledge.keepTuning")}
            </Button>
          )}
          <Button variant="subtle" onClick={() => setTuning(USUAL)}>
            {t("knowledge.usual")}
          </Button>
        </Group>
      </form>
      <div aria-live="polite">
        {search.error ? (
          <ProblemNotice error={search.error} retry={() => search.mutate()} />
        ) : search.data ? (
          <SearchResult answer={search.data} />
        ) : (
          <Notice tone="empty" title={t("knowledge.askFirst")}>
            {t("knowledge.askFirstText")}
          </Notice>
        )}
      </div>
    </div>
  );
}

const METHODS = ["hybrid", "rrf", "keyword", "vector"] as const;
const SWITCHES = ["typo_tolerance", "parents", "rerank"] as const;

function Tune({ tuning, change }: { tuning: Tuning; change: (part: Partial<Tuning>) => void }) {
  const t = useWords();
  const share = (name: "vector_weight" | "min_similarity" | "diversity") => (
    <NumberInput
      label={t(`knowledge.${name}`)}
      description={t(`knowledge.${name}_text`)}
      min={0}
      max={1}
      step={0.05}
      decimalScale={2}
      placeholder={t("knowledge.byItself")}
      value={tuning[name] ?? ""}
      onChange={(value) => change({ [name]: value === "" ? (name === "vector_weight" ? null : 0) : Number(value) })}
    />
  );
  return (
    <fieldset className={css["tune"]}>
      <legend>{t("knowledge.tuning")}</legend>
      <Select label={t("knowledge.method")} data={METHODS.map((value) => ({ value, label: t(`knowledge.method_${value}`) }))} value={tuning.method} onChange={(value) => change({ method: value ?? "hybrid" })} />
      {share("vector_weight")}
      {share("min_similarity")}
      {share("diversity")}
      <NumberInput
        label={t("knowledge.freshness_days")}
        description={t("knowledge.freshness_days_text")}
        min={1}
        max={36_500}
        value={tuning.freshness_days ?? ""}
        onChange={(value) => change({ freshness_days: value === "" ? null : Number(value) })}
      />
      {SWITCHES.map((name) => (
        <Switch key={name} label={t(`knowledge.${name}`)} description={t(`knowledge.${name}_text`)} checked={tuning[name]} onChange={(event) => change({ [name]: event.currentTarget.checked })} />
      ))}
    </fieldset>
  );
}
