import { Button, Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords, type OwnKey, type OwnSay } from "../i18n/owner";
import { number } from "../i18n/speech";
import { reasonWords } from "../inbox/words";
import { bytes, duration, money } from "../owner/amounts";
import { Figures, type Column } from "../owner/Figures";
import { Guard } from "../owner/Guard";
import { Loaded } from "../owner/Loaded";
import { IconDownload } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Bars } from "./Bars";
import { SpanChoice } from "./SpanChoice";
import { useSpan } from "./span";

const NAMES = ["days", "conversations", "messages", "responses", "handoffs", "labels", "models", "satisfaction", "ratings"] as const;
type Name = (typeof NAMES)[number];
type Line = Schemas["ReportLineView"];

/** Reports over a time, as bars, as a table and as files. */
export function Reports() {
  const t = useWords();
  return (
    <Guard needs="reports:read" title={t("insight.reports")}>
      <Shown />
    </Guard>
  );
}

function Shown() {
  const t = useWords();
  const { tenant } = useHere();
  const [span, change] = useSpan();
  const asked = (useSearch({ strict: false }) as { report?: string }).report;
  const name: Name = NAMES.find((one) => one === asked) ?? "days";
  const query = useQuery({
    queryKey: ["report", tenant, name, span.query],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/reports/{report}", { params: { path: { tenant, report: name }, query: span.query } })),
  });
  const file = (kind: "csv" | "svg") => `/api/v1/tenants/${tenant}/reports/${name}/${kind}?${new URLSearchParams(span.query)}`;
  const dates = span.days === null ? { from: span.from, to: span.to } : { days: String(span.days) };
  return (
    <Page
      title={t("insight.reports")}
      wide
      action={
        <Group gap="xs">
          {(["csv", "svg"] as const).map((kind) => (
            <Button key={kind} component="a" href={file(kind)} download variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
              {kind.toUpperCase()}
            </Button>
          ))}
        </Group>
      }
    >
      <Select
        label={t("insight.report")}
        description={t(`insight.${name}_text`)}
        w={320}
        maw="100%"
        mb="md"
        data={NAMES.map((value) => ({ value, label: t(`insight.report_${value}`) }))}
        value={name}
        onChange={(value) => change({ ...dates, report: value ?? "days" })}
      />
      <SpanChoice span={span} change={change} />
      <Loaded query={query} shape="rows" n={7}>
        {(report) =>
          report.lines.length === 0 ? (
            <Notice tone="empty" title={t("insight.noLines")}>
              {t("insight.noLinesText")}
            </Notice>
          ) : (
            <Lines name={name} lines={name === "days" ? [...report.lines].sort((a, b) => a.label.localeCompare(b.label)) : report.lines} total={report.total} />
          )
        }
      </Loaded>
    </Page>
  );
}

const AUTHORS: Record<string, OwnKey> = { contact: "details.customer", bot: "message.bot", agent: "message.colleague", system: "message.system", up: "insight.up", down: "insight.down" };

/** What a label of the API is called here. */
function labelOf(name: Name, label: string, t: OwnSay): string {
  if (name === "handoffs") return reasonWords(label, t) ?? label;
  if (name === "messages" || name === "satisfaction") return AUTHORS[label] ? t(AUTHORS[label]) : label;
  return label;
}

function Lines({ name, lines, total }: { name: Name; lines: Line[]; total: Line }) {
  const t = useWords();
  const locale = useLocale();
  const time = (value: number | null) => (value === null ? "–" : duration(locale, value));
  const columns: Column<Line>[] = [
    { head: t("insight.count"), cell: (line) => number(locale, line.count), of: (line) => line.count },
    { head: t("insight.bytes"), cell: (line) => (line.bytes === null ? "–" : bytes(locale, line.bytes)), of: (line) => line.bytes },
    { head: t("insight.shortest"), cell: (line) => time(line.minimum_seconds), of: (line) => line.minimum_seconds },
    { head: t("insight.median"), cell: (line) => time(line.median_seconds), of: (line) => line.median_seconds },
    { head: t("insight.longest"), cell: (line) => time(line.maximum_seconds), of: (line) => line.maximum_seconds },
    { head: t("insight.cost"), cell: (line) => (line.cost === null ? "–" : money(locale, line.cost, "USD")), of: (line) => (line.cost === null ? null : Number(line.cost)) },
  ];
  return (
    <>
      <Bars title={t(`insight.report_${name}`)} bars={lines.slice(0, 31).map((line) => ({ label: labelOf(name, line.label, t), value: line.count, text: number(locale, line.count) }))} />
      <Figures of={t("insight.label")} columns={columns} lines={lines} label={(line) => labelOf(name, line.label, t)} total={{ label: t("insight.total"), line: total }} />
    </>
  );
}
