import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useOrder, type Sortable } from "../ui/order";
import { Rows } from "../ui/Rows";
import css from "./owner.module.css";

export interface Column<L> {
  head: string;
  cell: (line: L) => ReactNode;
  /** What the column is ordered by. */
  of: (line: L) => Sortable;
}
interface Props<L> {
  /** What the first column names. */
  of: string;
  columns: Column<L>[];
  lines: L[];
  label: (line: L) => string;
  /** What the first column is ordered by, where that is not its label. */
  rank?: (line: L) => Sortable;
  total?: { label: string; line: L };
}

/** A table of figures: a name in the first column, numbers in the others, ordered by any of them; the sum, where there is one, below. */
export function Figures<L>({ of, columns, lines, label, rank = label, total }: Props<L>) {
  const { sorted, order, reorder } = useOrder(lines, Object.fromEntries([[of, rank], ...columns.map((one) => [one.head, one.of] as const)]));
  const row = (line: L, name: string, bold: boolean) => (
    <Table.Tr key={bold ? "total" : name}>
      <Table.Th scope="row" fw={bold ? 600 : 400}>
        <bdi>{name}</bdi>
      </Table.Th>
      {columns.map(({ head, cell }) => (
        <Table.Td key={head} className={css["num"]}>
          {cell(line)}
        </Table.Td>
      ))}
    </Table.Tr>
  );
  return (
    <Rows minWidth={680} spacing="xs" columns={[{ word: of, sort: of }, ...columns.map(({ head }) => ({ figure: head, sort: head }))]} order={order} reorder={reorder}>
      {sorted.map((line) => row(line, label(line), false))}
      {total && row(total.line, total.label, true)}
    </Rows>
  );
}
