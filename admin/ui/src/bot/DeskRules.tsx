import { Button, Group, NumberInput, Select, Stack, Switch } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { Loaded } from "../owner/Loaded";
import { FormProblem } from "../ui/FormProblem";
import { Section } from "../ui/Page";
import { told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import { useCalendars } from "./Hours";

type Desk = Schemas["DeskSettings"];
const POLICIES = ["bot_first", "ask", "person_first"] as const;
const PROMISES = ["first_response_minutes", "next_response_minutes", "resolution_minutes", "idle_return_minutes"] as const;

/** Who answers first, in and out of hours, where reopened conversations go, and what is promised. */
export function DeskRules() {
  const t = useWords();
  const { tenant } = useHere();
  const query = useQuery({
    queryKey: ["desk-rules", tenant],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/desk", { params: { path: { tenant } } })),
  });
  return (
    <Section title={t("bot.rules")} text={t("bot.rulesText")}>
      <Loaded query={query} shape="fields">
        {({ settings }) => <Form kept={settings as Desk} />}
      </Loaded>
    </Section>
  );
}

function Form({ kept }: { kept: Desk }) {
  const t = useWords();
  const { tenant, may } = useHere();
  const client = useQueryClient();
  const calendars = useCalendars().data?.items ?? [];
  const [typed, setTyped] = useState<Desk>(kept);
  useEffect(() => setTyped(kept), [kept]);
  const { busy, refused, wrong, send } = useSend<unknown>(["calendar", "policy", "closed_policy", "reopen", ...PROMISES]);
  const locked = !may("routing:manage");
  const set = (part: Desk) => setTyped((before) => ({ ...before, ...part }));
  const save = async () => {
    const done = await send(() => unwrap(api.PUT("/api/v1/tenants/{tenant}/desk", { params: { path: { tenant } }, body: typed })));
    if (!done) return;
    await client.invalidateQueries({ queryKey: ["desk-rules", tenant] });
    told(t("own.changed"));
  };
  const policy = (name: "policy" | "closed_policy") => (
    <Select
      label={t(`bot.${name}`)}
      data={POLICIES.map((value) => ({ value, label: t(`bot.first_${value}`) }))}
      value={typed[name] ?? "bot_first"}
      onChange={(value) => set({ [name]: value } as Desk)}
      error={wrong[name]}
      disabled={locked}
    />
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack gap="md">
        <FormProblem>{refused}</FormProblem>
        {policy("policy")}
        {policy("closed_policy")}
        <Select
          label={t("bot.calendar")}
          data={[{ value: "", label: t("bot.alwaysOpen") }, ...calendars.map(({ id, name }) => ({ value: id, label: name }))]}
          value={typed.calendar ?? ""}
          onChange={(value) => set({ calendar: value || null })}
          error={wrong["calendar"]}
          disabled={locked}
        />
        <Select
          label={t("bot.reopen")}
          data={(["bot", "last_agent", "team"] as const).map((value) => ({ value, label: t(`bot.reopen_${value}`) }))}
          value={typed.reopen ?? "bot"}
          onChange={(value) => set({ reopen: (value ?? "bot") as NonNullable<Desk["reopen"]> })}
          disabled={locked}
        />
        <Switch label={t("bot.autoAssign")} checked={typed.auto_assign ?? false} onChange={(event) => set({ auto_assign: event.currentTarget.checked })} disabled={locked} />
        <Switch label={t("bot.tellPlace")} checked={typed.tell_place ?? true} onChange={(event) => set({ tell_place: event.currentTarget.checked })} disabled={locked} />
        {PROMISES.map((name) => (
          <NumberInput key={name} label={t(`bot.${name}`)} min={1} value={typed[name] ?? ""} onChange={(value) => set({ [name]: value === "" ? null : Number(value) } as Desk)} error={wrong[name]} disabled={locked} />
        ))}
        <Group justify="flex-end">
          <Button type="submit" loading={busy} disabled={locked || JSON.stringify(typed) === JSON.stringify(kept)}>
            {t("act.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
