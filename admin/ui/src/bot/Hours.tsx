import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { Chip } from "../owner/Chip";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { Confirm } from "../ui/Confirm";
import { FormProblem } from "../ui/FormProblem";
import { Notice } from "../ui/Notice";
import { useSend } from "../ui/useSend";
import { SpecialDays, type Days } from "./SpecialDays";

type Calendar = Schemas["CalendarView"];
const DAYS = ["0", "1", "2", "3", "4", "5", "6"] as const;
type Span = [string, string];
type Week = Record<string, Span[]>;
const MOST_SPANS = 10;

const key = (tenant: string) => ["calendars", tenant] as const;

export function useCalendars() {
  const { tenant } = useHere();
  return useQuery({
    queryKey: key(tenant),
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/calendars", { params: { path: { tenant } } })),
  });
}

/** When people are there. One truth for the bot's words, the bubble, the queue and what is promised. */
export function Hours() {
  const t = useWords();
  const { tenant, may } = useHere();
  const act = useAct(key(tenant));
  const query = useCalendars();
  const [edited, setEdited] = useState<Calendar | "new" | null>(null);
  const [removed, setRemoved] = useState<Calendar | null>(null);
  const add = may("hours:manage") && (
    <Button variant="default" onClick={() => setEdited("new")}>
      {t("bot.newCalendar")}
    </Button>
  );
  if (edited) return <CalendarForm calendar={edited === "new" ? null : edited} close={() => setEdited(null)} />;
  return (
    <>
      <p>{t("bot.hoursText")}</p>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Notice tone="empty" title={t("bot.noCalendars")} action={add}>
              {t("bot.noCalendarsText")}
            </Notice>
          ) : (
            <>
              <ul className={owner["list"]}>
                {items.map((one) => (
                  <li key={one.id} className={owner["card"]}>
                    <span className={owner["grow"]}>
                      <strong>
                        <bdi>{one.name}</bdi>
                      </strong>
                      <span className={owner["sub"]}>{one.zone}</span>
                    </span>
                    <Chip mood={one.open ? "good" : "off"}>{t(one.open ? "bot.openNow" : "bot.closedNow")}</Chip>
                    {may("hours:manage") && (
                      <Group gap="xs">
                        <Button size="compact-sm" variant="default" onClick={() => setEdited(one)} aria-label={`${t("people.edit")}: ${one.name}`}>
                          {t("people.edit")}
                        </Button>
                        <Button size="compact-sm" variant="subtle" color="red" onClick={() => setRemoved(one)} aria-label={`${t("act.remove")}: ${one.name}`}>
                          {t("act.remove")}
                        </Button>
                      </Group>
                    )}
                  </li>
                ))}
              </ul>
              <Group mt="md">{add}</Group>
            </>
          )
        }
      </Loaded>
      {removed && (
        <Confirm
          title={t("bot.calendarRemove", { name: removed.name })}
          text={t("bot.calendarRemoveText")}
          act={t("act.remove")}
          close={() => setRemoved(null)}
          run={async () =>
            void (await act(
              () => unwrap(api.DELETE("/api/v1/tenants/{tenant}/calendars/{calendar}", { params: { path: { tenant, calendar: removed.id } } })),
              t("own.changed"),
            ))
          }
        />
      )}
    </>
  );
}

const OFFICE: Week = Object.fromEntries(DAYS.slice(0, 5).map((day) => [day, [["09:00", "17:00"]]]));

function CalendarForm({ calendar, close }: { calendar: Calendar | null; close: () => void }) {
  const t = useWords();
  const locale = useLocale();
  const { tenant } = useHere();
  const act = useAct(key(tenant));
  const [name, setName] = useState(calendar?.name ?? "");
  const [zone, setZone] = useState(calendar?.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [week, setWeek] = useState<Week>((calendar?.weekly as Week | undefined) ?? OFFICE);
  const [days, setDays] = useState((calendar?.exceptions ?? {}) as Days);
  const { busy, refused, wrong, send } = useSend<unknown>(["name", "zone"]);
  const zones = [...new Set([zone, "UTC", ...Intl.supportedValuesOf("timeZone")])];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { name: name.trim(), zone, weekly: week, exceptions: days };
    const saved = await send(() =>
      calendar
        ? unwrap(api.PUT("/api/v1/tenants/{tenant}/calendars/{calendar}", { params: { path: { tenant, calendar: calendar.id } }, body }))
        : unwrap(api.POST("/api/v1/tenants/{tenant}/calendars", { params: { path: { tenant }, header: once() }, body })),
    );
    if (!saved) return;
    await act(async () => {}, t("own.changed"));
    close();
  };
  const set = (day: string, spans: Span[]) => setWeek(({ [day]: _before, ...rest }) => (spans.length ? { ...rest, [day]: spans } : rest));
  // The second of January 2023 was a Monday.
  const dayName = (n: number) => new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2023, 0, 2 + n));
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <FormProblem>{refused}</FormProblem>
        <TextInput label={t("own.name")} required data-autofocus maxLength={200} value={name} error={wrong["name"]} onChange={(event) => setName(event.currentTarget.value)} />
        <Select label={t("bot.zone")} data={zones} value={zone} onChange={(value) => setZone(value ?? "UTC")} searchable error={wrong["zone"]} />
        {DAYS.map((day, n) => (
          <Day key={day} name={dayName(n)} spans={week[day] ?? []} set={(spans) => set(day, spans)} />
        ))}
        <SpecialDays days={days} change={setDays} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("act.cancel")}
          </Button>
          <Button type="submit" loading={busy} disabled={name.trim() === ""}>
            {t("act.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A span that begins an hour after another ended: for the afternoon until five, in the evening for two hours. */
function later(closes: string): Span {
  const [hours, minutes] = [Number(closes.slice(0, 2)), closes.slice(3)];
  const at = (hour: number) => (hour < 24 ? `${String(hour).padStart(2, "0")}:${minutes}` : "23:59");
  return [at(hours + 1), hours + 1 < 17 ? "17:00" : at(hours + 3)];
}

/** A weekday: closed, or open in one span or several. */
function Day({ name, spans, set }: { name: string; spans: Span[]; set: (spans: Span[]) => void }) {
  const t = useWords();
  const put = (n: number, span: Span) => set(spans.map((one, place) => (place === n ? span : one)));
  const label = (what: "opens" | "closes", n: number) => `${t(`bot.${what}`, { day: name })}${n > 0 ? ` (${n + 1})` : ""}`;
  return (
    <Group gap="sm" role="group" aria-label={name} align="start" wrap="nowrap">
      <Button variant={spans.length ? "light" : "default"} w={140} flex="none" aria-pressed={spans.length > 0} onClick={() => set(spans.length ? [] : [["09:00", "17:00"]])}>
        {name}
      </Button>
      <Stack gap={6}>
        {spans.map(([opens, closes], n) => (
          <Group key={n} gap="sm">
            <TextInput type="time" aria-label={label("opens", n)} value={opens} onChange={(event) => put(n, [event.currentTarget.value, closes])} />
            <TextInput type="time" aria-label={label("closes", n)} value={closes} onChange={(event) => put(n, [opens, event.currentTarget.value])} />
            {spans.length > 1 && (
              <Button size="compact-sm" variant="subtle" color="red" aria-label={t("hours.less", { day: name, n: n + 1 })} onClick={() => set(spans.filter((_, place) => place !== n))}>
                {t("act.remove")}
              </Button>
            )}
            {n === spans.length - 1 && spans.length < MOST_SPANS && (
              <Button size="compact-sm" variant="subtle" aria-label={t("hours.more", { day: name })} onClick={() => set([...spans, later(closes)])}>
                {t("hours.another")}
              </Button>
            )}
          </Group>
        ))}
        {spans.length === 0 && <span className={owner["sub"]}>{t("bot.closedDay")}</span>}
      </Stack>
    </Group>
  );
}
