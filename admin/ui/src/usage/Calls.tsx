import { Progress } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { number } from "../i18n/speech";
import { Figures, type Column } from "../owner/Figures";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { Section } from "../ui/Page";

type Hour = Schemas["CallHourView"];
type Use = Schemas["CallsView"];
const DAYS = 7;

/** How often programs call, by the plan's hour. */
export function Calls() {
  const t = useWords();
  const { tenant } = useHere();
  const query = useQuery({
    queryKey: ["calls", tenant],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/usage/calls", { params: { path: { tenant }, query: { days: DAYS } } })),
    refetchInterval: 15_000,
  });
  return (
    <Section title={t("usage.api")} text={t("usage.apiText")}>
      <Loaded query={query} n={1}>
        {(use) => (
          <>
            <Present use={use} />
            {use.hours.length > 0 && (
              <details>
                <summary>{t("usage.byHour")}</summary>
                <Hours use={use} />
              </details>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Present({ use }: { use: Use }) {
  const t = useWords();
  const { calls_per_hour: most, now } = use;
  const name = t(use.plan === "open" ? "usage.planOpen" : "usage.plan", { name: use.plan });
  return (
    <section className={owner["card"]} aria-label={name} data-plan={use.plan}>
      <div className={owner["grow"]}>
        <strong>{name}</strong>
        <span className={owner["sub"]}>{most === null ? t("usage.callsNow", { n: now.calls }) : t("usage.callsOf", { n: now.calls, most })}</span>
        {most !== null && <span className={owner["sub"]}>{t(use.overage ? "usage.beyondCounted" : "usage.beyondRefused", { n: use.beyond })}</span>}
        {most !== null && <Progress value={Math.min(100, (100 * now.calls) / most)} color={now.calls >= 0.8 * most ? "red" : "teal"} mt={6} aria-label={name} />}
      </div>
    </section>
  );
}

function Hours({ use }: { use: Use }) {
  const t = useWords();
  const locale = useLocale();
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const columns: Column<Pick<Hour, "calls" | "beyond" | "refused">>[] = [
    { head: t("usage.letThrough"), cell: (line) => number(locale, line.calls), of: (line) => line.calls },
    { head: t("usage.beyond"), cell: (line) => number(locale, line.beyond), of: (line) => line.beyond },
    { head: t("usage.refused"), cell: (line) => number(locale, line.refused), of: (line) => line.refused },
  ];
  return (
    <Figures
      of={t("usage.hour")}
      columns={columns}
      lines={use.hours.slice(0, 48)}
      label={(line) => ("hour" in line ? moment.format(new Date(String(line.hour))) : "")}
      rank={(line) => ("hour" in line ? Date.parse(String(line.hour)) : null)}
      total={{ label: t("usage.sevenDays"), line: use }}
    />
  );
}
