// One group of conditions of a view's filter, with the groups within it.
import { ActionIcon, Button, Group as Line, NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay, type Say, type TextKey } from "../i18n";
import { useMembers } from "../people/members";
import { teamsQuery } from "../people/teams-query";
import { IconPlus, IconTrash } from "../ui/icons";
import { useAttributes } from "./Attributes";
import { DEEPEST, emptyCondition, emptyGroup, isGroup, type Condition, type Group, type How } from "./filterTree";
import css from "./FilterGroup.module.css";
import { useLabels } from "./LabelMenu";
import { channelLook, STATES } from "./words";

const KINDS = ["webchat", "whatsapp", "messenger", "slack", "telegram"];
const FLAGS = ["unread", "mentioned", "snoozed", "blocked"];
const TIMES = ["opened_at", "last_message_at", "waiting_since", "resolved_at", "sla_due_at"];
const CHOICES = ["state", "assignee", "team", "channel_kind", "channel", "label"];

interface Props {
  group: Group;
  change: (group: Group) => void;
  depth: number;
  remove?: () => void;
}

export function FilterGroup({ group, change, depth, remove }: Props) {
  const t = useSay();
  const put = (n: number, one: Condition | Group | null) =>
    change({ ...group, of: group.of.flatMap((old, at) => (at !== n ? [old] : one === null ? [] : [one])) });
  return (
    <fieldset className={css["group"]}>
      <legend className="visually-hidden">{t("view.conditions")}</legend>
      <Line gap="xs" justify="space-between" wrap="nowrap">
        <SegmentedControl
          size="xs"
          aria-label={t("view.how")}
          value={group.how}
          onChange={(how) => change({ ...group, how: how as How })}
          data={(["all", "any", "none"] as const).map((how) => ({ value: how, label: t(`view.${how}`) }))}
        />
        {remove && (
          <ActionIcon variant="subtle" color="gray" aria-label={t("view.removeGroup")} onClick={remove}>
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </Line>
      {group.of.map((one, n) =>
        isGroup(one) ? (
          <FilterGroup key={n} group={one} change={(next) => put(n, next)} depth={depth + 1} remove={() => put(n, null)} />
        ) : (
          <Row key={n} condition={one} change={(next) => put(n, next)} remove={() => put(n, null)} />
        ),
      )}
      <Line gap="xs">
        <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => change({ ...group, of: [...group.of, emptyCondition()] })}>
          {t("view.addCondition")}
        </Button>
        {depth < DEEPEST && (
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => change({ ...group, of: [...group.of, { ...emptyGroup(), how: "any" }] })}>
            {t("view.addGroup")}
          </Button>
        )}
      </Line>
    </fieldset>
  );
}

function Row({ condition, change, remove }: { condition: Condition; change: (one: Condition) => void; remove: () => void }) {
  const t = useSay();
  const own = [
    ...useAttributes("conversation").map(({ key, name }) => ({ value: `attribute.${key}`, label: name })),
    ...useAttributes("contact").map(({ key, name }) => ({ value: `contact_attribute.${key}`, label: name })),
  ];
  const fields = [...CHOICES, ...FLAGS, ...TIMES].map((field) => ({ value: field, label: t(`view.field_${field}` as TextKey) }));
  const ops = operators(condition.field);
  return (
    <div className={css["row"]}>
      <NativeSelect
        size="xs"
        aria-label={t("view.field")}
        data={[...fields, ...own]}
        value={condition.field}
        onChange={(event) => change(fresh(event.currentTarget.value))}
      />
      <NativeSelect
        size="xs"
        aria-label={t("view.op")}
        data={ops.map((op) => ({ value: op, label: t(`view.op_${op}` as TextKey) }))}
        value={condition.op}
        onChange={(event) => change({ ...condition, op: event.currentTarget.value })}
      />
      <ValueOf condition={condition} change={change} />
      <ActionIcon variant="subtle" color="gray" aria-label={t("view.removeCondition")} onClick={remove}>
        <IconTrash size={16} />
      </ActionIcon>
    </div>
  );
}

function operators(field: string): string[] {
  if (TIMES.includes(field)) return ["before", "after"];
  return field.includes(".") ? ["is", "is_not", "contains"] : ["is", "is_not"];
}

function fresh(field: string): Condition {
  const op = operators(field)[0] ?? "is";
  if (FLAGS.includes(field)) return { field, op, value: true };
  if (field === "state") return { field, op, value: "waiting" };
  if (field === "channel_kind") return { field, op, value: "webchat" };
  if (TIMES.includes(field)) return { field, op, value: new Date().toISOString() };
  return { field, op, value: field === "assignee" ? "me" : null };
}

function ValueOf({ condition, change }: { condition: Condition; change: (one: Condition) => void }) {
  const t = useSay();
  const { field, value } = condition;
  const choices = useChoices(field, t);
  const label = t("view.value");
  if (FLAGS.includes(field)) {
    const data = [{ value: "true", label: t("view.yes") }, { value: "false", label: t("view.no") }];
    return <NativeSelect size="xs" aria-label={label} data={data} value={String(value)} onChange={(event) => change({ ...condition, value: event.currentTarget.value === "true" })} />;
  }
  if (TIMES.includes(field)) {
    const local = value ? localTime(String(value)) : "";
    return (
      <TextInput
        size="xs"
        type="datetime-local"
        aria-label={label}
        value={local}
        onChange={(event) => event.currentTarget.value && change({ ...condition, value: new Date(event.currentTarget.value).toISOString() })}
      />
    );
  }
  if (choices) {
    return <NativeSelect size="xs" aria-label={label} data={choices} value={value === null ? "" : String(value)} onChange={(event) => change({ ...condition, value: event.currentTarget.value || null })} />;
  }
  return <TextInput size="xs" aria-label={label} maxLength={500} dir="auto" value={value === null ? "" : String(value)} onChange={(event) => change({ ...condition, value: event.currentTarget.value || null })} />;
}

/** What may be chosen for a field; null where words are typed. */
function useChoices(field: string, t: Say): { value: string; label: string }[] | null {
  const { tenant, may } = useHere();
  const members = useMembers();
  const labels = useLabels();
  const teams = useQuery(teamsQuery(tenant)).data?.items ?? [];
  const channels = useQuery({
    queryKey: ["channels", tenant, "names"],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/channels", { params: { path: { tenant }, query: { limit: 200 } } })),
    enabled: field === "channel" && may("channels:read"),
    staleTime: 60_000,
  }).data?.items;
  const named = (all: readonly { id: string; name: string }[] | undefined) => [
    { value: "", label: t("view.nothing") },
    ...(all ?? []).map(({ id, name }) => ({ value: id, label: name })),
  ];
  switch (field) {
    case "state":
      return Object.entries(STATES).map(([state, { label }]) => ({ value: state, label: t(label) }));
    case "channel_kind":
      return KINDS.map((kind) => ({ value: kind, label: channelLook(kind).name }));
    case "assignee":
      return [{ value: "me", label: t("people.you") }, ...named(members.all)];
    case "team":
      return named(teams);
    case "label":
      return named(labels);
    case "channel":
      return named(channels);
    default:
      return null;
  }
}

/** A moment as the field for local times takes it. */
function localTime(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? "" : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
