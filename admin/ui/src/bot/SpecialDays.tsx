import { Button, FileButton, Group, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { api, type Schemas } from "../api/client";
import { problemOf, unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import owner from "../owner/owner.module.css";
import { FormProblem } from "../ui/FormProblem";
import { wordsFor } from "../ui/ProblemNotice";
import css from "./bot.module.css";

export type Days = NonNullable<Schemas["CalendarIn"]["exceptions"]>;
type Holiday = Schemas["HolidayView"];
const FORM = "special-days";

/** Days on which the week's hours do not count: one by one, or out of a calendar file, which is shown before it is taken. */
export function SpecialDays({ days, change }: { days: Days; change: (days: Days) => void }) {
  const t = useWords();
  const sorted = Object.entries(days).sort(([a], [b]) => a.localeCompare(b));
  const without = (gone: string) => Object.fromEntries(sorted.filter(([day]) => day !== gone));
  return (
    <section className={css["special"]} aria-labelledby={FORM}>
      <h2 id={FORM}>{t("hours.special")}</h2>
      <p className={owner["sub"]}>{t("hours.specialText")}</p>
      {sorted.length > 0 && (
        <ul className={owner["list"]}>
          {sorted.map(([day, { open = [], name = "" }]) => (
            <li key={day} className={owner["card"]} data-day={day}>
              <Said day={day} name={name} />
              <span className={owner["sub"]}>{open.length === 0 ? t("bot.closedDay") : open.map((span) => span.join("–")).join(", ")}</span>
              <Button size="compact-sm" variant="subtle" color="red" onClick={() => change(without(day))} aria-label={`${t("act.remove")}: ${day}`}>
                {t("act.remove")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <OneDay add={(day, one) => change({ ...days, [day]: one })} />
      <FromFile take={(found) => change({ ...Object.fromEntries(found.map(({ date, name }) => [date, { open: [], name }])), ...days })} known={days} />
    </section>
  );
}

function Said({ day, name }: { day: string; name: string }) {
  const said = new Intl.DateTimeFormat(useLocale(), { dateStyle: "full", timeZone: "UTC" }).format(Date.parse(day));
  return (
    <span className={owner["grow"]}>
      <strong>{said}</strong>
      {name && <bdi className={owner["sub"]}>{name}</bdi>}
    </span>
  );
}

function OneDay({ add }: { add: (day: string, one: Days[string]) => void }) {
  const t = useWords();
  const [day, setDay] = useState("");
  const [name, setName] = useState("");
  const [span, setSpan] = useState<[string, string]>(["", ""]);
  const half = Boolean(span[0]) !== Boolean(span[1]);
  const put = () => {
    add(day, { open: span[0] ? [span] : [], name: name.trim() });
    setDay("");
    setName("");
    setSpan(["", ""]);
  };
  return (
    <Group align="end" gap="sm" my="sm">
      <TextInput type="date" label={t("hours.day")} value={day} onChange={(event) => setDay(event.currentTarget.value)} />
      <TextInput label={t("hours.name")} maxLength={200} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <TextInput type="time" label={t("hours.opens")} value={span[0]} onChange={(event) => setSpan([event.currentTarget.value, span[1]])} />
      <TextInput type="time" label={t("hours.closes")} value={span[1]} onChange={(event) => setSpan([span[0], event.currentTarget.value])} />
      <Button variant="default" onClick={put} disabled={day === "" || half}>
        {t("hours.add")}
      </Button>
    </Group>
  );
}

function FromFile({ take, known }: { take: (found: Holiday[]) => void; known: Days }) {
  const t = useWords();
  const { tenant } = useHere();
  const [found, setFound] = useState<Holiday[] | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const read = async (file: File | null) => {
    if (!file) return;
    setBusy(true);
    setFound(null);
    setWrong(null);
    try {
      const ics = await file.text();
      setFound((await unwrap(api.POST("/api/v1/tenants/{tenant}/holidays", { params: { path: { tenant } }, body: { ics } }))).days);
    } catch (error) {
      const problem = problemOf(error);
      setWrong(problem.byField["ics"] ?? wordsFor(problem, t));
    }
    setBusy(false);
  };
  const fresh = found?.filter(({ date }) => !(date in known)) ?? [];
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <FileButton accept=".ics,text/calendar" onChange={(file) => void read(file)}>
          {(props) => (
            <Button variant="default" loading={busy} {...props}>
              {t("hours.file")}
            </Button>
          )}
        </FileButton>
        <span className={owner["sub"]}>{t("hours.fileText")}</span>
      </Group>
      <FormProblem>{wrong}</FormProblem>
      <div role="status">{found && (fresh.length === 0 ? t("hours.noneFound") : t("hours.found", { n: fresh.length }))}</div>
      {fresh.length > 0 && (
        <>
          <ul className={owner["list"]} aria-label={t("hours.found", { n: fresh.length })}>
            {fresh.map(({ date, name }) => (
              <li key={date}>
                <Said day={date} name={name} />
              </li>
            ))}
          </ul>
          <Group gap="sm">
            <Button
              onClick={() => {
                take(fresh);
                setFound(null);
              }}
            >
              {t("hours.take")}
            </Button>
            <Button variant="default" onClick={() => setFound(null)}>
              {t("act.cancel")}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}
