// What a saved reply does besides speaking, step by step.
import { ActionIcon, Button, Chip, Group, NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../api/client";
import { useHere } from "../app/access";
import { useSay, type TextKey } from "../i18n";
import { useMembers } from "../people/members";
import { teamsQuery } from "../people/teams-query";
import { IconPlus, IconTrash } from "../ui/icons";
import { useLabels } from "./LabelMenu";
import css from "./MacroActions.module.css";

export type Step = NonNullable<Schemas["NewMacro"]["actions"]>[number];
const KINDS = ["assign", "team", "label", "unlabel", "snooze", "wake", "read", "return", "resolve"] as const;
type Kind = (typeof KINDS)[number];
/** The server keeps no more. */
const MOST = 10;
/** How long to put aside, in minutes. */
const SPANS = [60, 240, 1_440, 10_080];

/** Whether a step says all that it needs. */
export function isWhole(step: Step): boolean {
  return !("labels" in step) || step.labels.length > 0;
}

function fresh(type: Kind): Step {
  if (type === "assign") return { type, assignee: "me" };
  if (type === "team") return { type, team: null };
  if (type === "label" || type === "unlabel") return { type, labels: [] };
  if (type === "snooze") return { type, minutes: 1_440 };
  return { type };
}

export function MacroActions({ steps, change }: { steps: readonly Step[]; change: (steps: Step[]) => void }) {
  const t = useSay();
  const put = (n: number, next: Step | null) => change(steps.flatMap((old, at) => (at !== n ? [old] : next === null ? [] : [next])));
  return (
    <fieldset className={css["steps"]}>
      <legend>{t("macro.steps")}</legend>
      <p className={css["hint"]}>{t("macro.stepsHelp")}</p>
      {steps.map((step, n) => (
        <div key={n} className={css["step"]} role="group" aria-label={t("macro.stepN", { n: String(n + 1) })}>
          <NativeSelect
            size="xs"
            aria-label={t("macro.stepKind")}
            data={KINDS.map((kind) => ({ value: kind, label: t(`macro.kind_${kind}` as TextKey) }))}
            value={step.type}
            onChange={(event) => put(n, fresh(event.currentTarget.value as Kind))}
          />
          <Value step={step} change={(next) => put(n, next)} />
          <ActionIcon variant="subtle" color="gray" aria-label={t("macro.removeStep")} onClick={() => put(n, null)}>
            <IconTrash size={16} />
          </ActionIcon>
        </div>
      ))}
      {steps.length < MOST && (
        <Button
          variant="subtle"
          size="compact-sm"
          w="fit-content"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => change([...steps, fresh("assign")])}
        >
          {t("macro.addStep")}
        </Button>
      )}
    </fieldset>
  );
}

function Value({ step, change }: { step: Step; change: (step: Step) => void }) {
  if (step.type === "assign") return <Colleague step={step} change={change} />;
  if (step.type === "team") return <Team step={step} change={change} />;
  if (step.type === "label" || step.type === "unlabel") return <Labels step={step} change={change} />;
  if (step.type === "snooze") return <Span step={step} change={change} />;
  return <span />;
}

type Of<K extends Step["type"]> = { step: Extract<Step, { type: K }>; change: (step: Step) => void };

function Colleague({ step, change }: Of<"assign">) {
  const t = useSay();
  const members = useMembers();
  const there = members.all.filter(({ role }) => role !== "viewer").map(({ id, name }) => ({ value: id, label: name }));
  const known = step.assignee === null || step.assignee === "me" || there.some(({ value }) => value === step.assignee);
  const data = [
    { value: "me", label: t("macro.whoeverUses") },
    { value: "", label: t("macro.nobody") },
    ...there,
    ...(known ? [] : [{ value: step.assignee as string, label: members.nameOf(step.assignee as string) }]),
  ];
  return (
    <NativeSelect
      size="xs"
      aria-label={t("macro.toWhom")}
      data={data}
      value={step.assignee ?? ""}
      onChange={(event) => change({ type: "assign", assignee: event.currentTarget.value || null })}
    />
  );
}

function Team({ step, change }: Of<"team">) {
  const t = useSay();
  const { tenant } = useHere();
  const teams = useQuery(teamsQuery(tenant)).data?.items ?? [];
  const known = step.team === null || teams.some(({ id }) => id === step.team);
  const data = [
    { value: "", label: t("macro.noTeamChoice") },
    ...teams.map(({ id, name }) => ({ value: id, label: name })),
    ...(known ? [] : [{ value: step.team as string, label: t("macro.gone") }]),
  ];
  return (
    <NativeSelect
      size="xs"
      aria-label={t("macro.whichTeam")}
      data={data}
      value={step.team ?? ""}
      onChange={(event) => change({ type: "team", team: event.currentTarget.value || null })}
    />
  );
}

function Labels({ step, change }: Of<"label" | "unlabel">) {
  const t = useSay();
  const labels = useLabels();
  if (labels.length === 0) return <span className={css["hint"]}>{t("macro.noLabels")}</span>;
  return (
    <Chip.Group multiple value={step.labels} onChange={(chosen) => change({ ...step, labels: chosen })}>
      <Group gap={4} role="group" aria-label={t("macro.whichLabels")}>
        {labels.map(({ id, name }) => (
          <Chip key={id} value={id} size="xs">
            {name}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  );
}

function Span({ step, change }: Of<"snooze">) {
  const t = useSay();
  const own = step.minutes ?? null;
  const spans = own === null || SPANS.includes(own) ? SPANS : [...SPANS, own];
  const named = (minutes: number) =>
    SPANS.includes(minutes) ? t(`macro.span_${minutes}` as TextKey) : t("macro.minutes", { n: String(minutes) });
  const data = spans.map((minutes) => ({ value: String(minutes), label: named(minutes) }));
  const fixed = step.until ? [{ value: "", label: new Date(step.until).toLocaleString() }] : [];
  return (
    <NativeSelect
      size="xs"
      aria-label={t("macro.howLong")}
      data={[...fixed, ...data]}
      value={own === null ? "" : String(own)}
      onChange={(event) => event.currentTarget.value && change({ type: "snooze", minutes: Number(event.currentTarget.value) })}
    />
  );
}
