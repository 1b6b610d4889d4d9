import { Table, UnstyledButton } from "@mantine/core";
import type { CSSProperties, ReactNode } from "react";
import { IconArrowDown, IconArrowUp } from "./icons";
import type { Order } from "./order";
import css from "./Rows.module.css";

/**
 * A column's heading. That of `acts` is only heard: what stands below it says what it is. One with `sort` orders the
 * table by that name when it is clicked.
 */
export type Heading = string | { word: string; sort: string } | { figure: string; sort?: string } | { acts: string };

interface Props {
  /** Pixels below which the table scrolls sideways instead of becoming narrower, until the screen is a phone's. */
  minWidth?: number;
  spacing?: "xs" | "sm";
  columns: Heading[];
  /** How the lines are ordered now; null as they came. */
  order?: Order | null;
  reorder?: (by: string) => void;
  children: ReactNode;
}

/** A table whose rows become cards on a phone, each value under its column's heading, so that nothing lies out of sight. */
export function Rows({ minWidth = 560, spacing = "sm", columns, order = null, reorder, children }: Props) {
  const last = columns.at(-1);
  const headings = columns.map((one, n) => [`--heading-${n + 1}`, typeof one === "object" && "acts" in one ? "none" : JSON.stringify(wordOf(one))]);
  return (
    <Table.ScrollContainer minWidth={minWidth} className={css["scroll"] ?? ""}>
      <Table verticalSpacing={spacing} className={css["rows"] ?? ""} data-acts={(typeof last === "object" && "acts" in last) || undefined} style={Object.fromEntries(headings) as CSSProperties}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((one) => (
              <Head key={wordOf(one)} one={one} order={order} reorder={reorder} />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Head({ one, order, reorder }: { one: Heading; order: Order | null; reorder: Props["reorder"] }) {
  const [word, sort] = [wordOf(one), typeof one === "object" && "sort" in one ? one.sort : undefined];
  if (typeof one === "object" && "acts" in one) {
    return (
      <Table.Th>
        <span className="visually-hidden">{word}</span>
      </Table.Th>
    );
  }
  const down = sort !== undefined && order?.by === sort ? order.down : null;
  const Arrow = down ? IconArrowDown : IconArrowUp;
  return (
    <Table.Th data-figure={(typeof one === "object" && "figure" in one) || undefined} aria-sort={down === null ? undefined : down ? "descending" : "ascending"}>
      {sort && reorder ? (
        <UnstyledButton className={css["sort"] ?? ""} onClick={() => reorder(sort)}>
          {word}
          <Arrow size={14} aria-hidden data-shown={down !== null || undefined} />
        </UnstyledButton>
      ) : (
        word
      )}
    </Table.Th>
  );
}

function wordOf(one: Heading): string {
  if (typeof one === "string") return one;
  return "acts" in one ? one.acts : "word" in one ? one.word : one.figure;
}
