// Stands in the place of what is still coming, in the shape it will have.
import { Skeleton } from "@mantine/core";
import css from "./Coming.module.css";

/** Lines of a table, cards below each other, figures beside each other, or fields with their labels. */
export type Shape = "rows" | "cards" | "tiles" | "fields";

const USUAL: Record<Shape, number> = { rows: 5, cards: 3, tiles: 5, fields: 4 };
const HEIGHTS = { cards: 66, tiles: 98 } as const;

export function Coming({ shape = "rows", n = USUAL[shape] }: { shape?: Shape; n?: number }) {
  const places = Array.from({ length: n }, (_, place) => place);
  return (
    <div className={css[shape]} aria-busy="true">
      {places.map((place) => (shape === "rows" ? <Row key={place} place={place} /> : shape === "fields" ? <Field key={place} /> : <Skeleton key={place} height={HEIGHTS[shape]} radius={8} />))}
    </div>
  );
}

function Row({ place }: { place: number }) {
  return (
    <div className={css["row"]}>
      <Skeleton height={12} width={`${[70, 55, 62, 48, 66][place % 5]}%`} />
      <Skeleton height={12} width="60%" />
      <Skeleton height={12} width="40%" />
    </div>
  );
}

function Field() {
  return (
    <div>
      <Skeleton height={12} width={140} mb={8} />
      <Skeleton height={36} radius={8} />
    </div>
  );
}
