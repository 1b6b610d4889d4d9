// A table's lines in the order a reader asks for, by a click on a column's heading.
import { useMemo, useState } from "react";
import { useLocale } from "../i18n";

/** By which column, and whether the last comes first. */
export interface Order {
  by: string;
  down: boolean;
}

/** What a line has in a column: words, a figure, or nothing, which stands last either way. */
export type Sortable = string | number | null;

/** The order after a click: the other way round, or by another column, figures from the largest down. */
export function reordered(before: Order | null, by: string, figures: boolean): Order {
  return { by, down: before?.by === by ? !before.down : figures };
}

export function inOrder<L>(lines: readonly L[], of: (line: L) => Sortable, down: boolean, locale: string): L[] {
  const words = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });
  return [...lines].sort((first, second) => {
    const [a, b] = [of(first), of(second)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const way = typeof a === "number" && typeof b === "number" ? a - b : words.compare(String(a), String(b));
    return down ? -way : way;
  });
}

/** Lines that are all here, as they came until a heading is clicked. `columns` says what each column sorts by. */
export function useOrder<L>(lines: readonly L[], columns: Record<string, (line: L) => Sortable>) {
  const locale = useLocale();
  const [order, setOrder] = useState<Order | null>(null);
  const of = order ? columns[order.by] : undefined;
  const sorted = useMemo(() => (of && order ? inOrder(lines, of, order.down, locale) : lines), [lines, of, order, locale]);
  const reorder = (by: string) => setOrder((before) => reordered(before, by, lines.some((line) => typeof columns[by]?.(line) === "number")));
  return { sorted, order, reorder };
}
