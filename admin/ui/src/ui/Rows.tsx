import { Table } from "@mantine/core";
import type { CSSProperties, ReactNode } from "react";
import css from "./Rows.module.css";

/** A column's heading. That of `acts` is only heard: what stands below it says what it is. */
export type Heading = string | { figure: string } | { acts: string };

interface Props {
  /** Pixels below which the table scrolls sideways instead of becoming narrower, until the screen is a phone's. */
  minWidth?: number;
  spacing?: "xs" | "sm";
  columns: Heading[];
  children: ReactNode;
}

/** A table whose rows become cards on a phone, each value under its column's heading, so that nothing lies out of sight. */
export function Rows({ minWidth = 560, spacing = "sm", columns, children }: Props) {
  const last = columns.at(-1);
  const headings = columns.map((one, n) => [`--heading-${n + 1}`, typeof one === "object" && "acts" in one ? "none" : JSON.stringify(wordOf(one))]);
  return (
    <Table.ScrollContainer minWidth={minWidth} className={css["scroll"] ?? ""}>
      <Table verticalSpacing={spacing} className={css["rows"] ?? ""} data-acts={(typeof last === "object" && "acts" in last) || undefined} style={Object.fromEntries(headings) as CSSProperties}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((one) => (
              <Table.Th key={wordOf(one)} data-figure={(typeof one === "object" && "figure" in one) || undefined}>
                {typeof one === "object" && "acts" in one ? <span className="visually-hidden">{one.acts}</span> : wordOf(one)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function wordOf(one: Heading): string {
  if (typeof one === "string") return one;
  return "acts" in one ? one.acts : one.figure;
}
