import { Button, Group, Select, Table } from "@mantine/core";
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
import { Guard } from "../owner/Guard";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { IconDownload } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Bars } from "./Bars";
import { SpanChoice } from "./SpanChoice";
import { useSpan } from "./span";

const NAMES = ["days", "conversations", "messages", "responses", "handoffs", "labels", "models", "satisfaction"] as const;
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
      <Loaded query={query} height={320}>
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
  const num = owner["num"] ?? "";
  const row = (line: Line, label: string) => (
    <Table.Tr key={label}>
      <Table.Th scope="row" fw={line === total ? 600 : 400}>
        <bdi>{label}</bdi>
      </Table.Th>
      <Table.Td className={num}>{number(locale, line.count)}</Table.Td>
      <Table.Td className={num}>{line.bytes === null ? "–" : bytes(locale, line.bytes)}</Table.Td>
      <Table.Td className={num}>{time(line.minimum_seconds)}</Table.Td>
      <Table.Td className={num}>{time(line.median_seconds)}</Table.Td>
      <Table.Td className={num}>{time(line.maximum_seconds)}</Table.Td>
      <Table.Td className={num}>{line.cost === null ? "–" : money(locale, line.cost, "USD")}</Table.Td>
    </Table.Tr>
  );
  return (
    <>
      <Bars title={t(`insight.report_${name}`)} bars={lines.slice(0, 31).map((line) => ({ label: labelOf(name, line.label, t), value: line.count, text: number(locale, line.count) }))} />
      <Table.ScrollContainer minWidth={640}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("insight.label")}</Table.Th>
              <Table.Th className={num}>{t("insight.count")}</Table.Th>
              <Table.Th className={num}>{t("insight.bytes")}</Table.Th>
              <Table.Th className={num}>{t("insight.shortest")}</Table.Th>
              <Table.Th className={num}>{t("insight.median")}</Table.Th>
              <Table.Th className={num}>{t("insight.longest")}</Table.Th>
              <Table.Th className={num}>{t("insight.cost")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {lines.map((line) => row(line, labelOf(name, line.label, t)))}
            {row(total, t("insight.total"))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}
