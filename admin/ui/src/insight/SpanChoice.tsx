import { SegmentedControl, TextInput } from "@mantine/core";
import { useWords } from "../i18n/owner";
import owner from "../owner/owner.module.css";
import type { Span } from "./span";

interface Props {
  span: Span;
  change: (wanted: { days?: string; from?: string; to?: string }) => void;
}

/** Chooses the time: the last so many days, or from one day to another. */
export function SpanChoice({ span, change }: Props) {
  const t = useWords();
  const dated = (part: { from?: string; to?: string }) => {
    const wanted = { from: span.from, to: span.to, ...part };
    if (wanted.from && wanted.to && wanted.from <= wanted.to) change(wanted);
  };
  return (
    <div className={owner["filters"]}>
      <SegmentedControl
        aria-label={t("insight.span")}
        value={span.days === null ? "" : String(span.days)}
        onChange={(days) => change({ days })}
        data={[1, 7, 30, 90].map((n) => ({ value: String(n), label: t("insight.days", { n }) }))}
      />
      <TextInput type="date" label={t("insight.from")} value={span.from} max={span.to} onChange={(event) => dated({ from: event.currentTarget.value })} />
      <TextInput type="date" label={t("insight.to")} value={span.to} min={span.from} onChange={(event) => dated({ to: event.currentTarget.value })} />
    </div>
  );
}
