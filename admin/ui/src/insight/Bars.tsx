import css from "./insight.module.css";

export interface Bar {
  label: string;
  value: number;
  /** What stands beside the bar. */
  text: string;
}

/** Few bars, labelled directly. The numbers are text, so nothing depends on seeing the lengths. */
export function Bars({ bars, title }: { bars: Bar[]; title: string }) {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <ul className={css["bars"]} aria-label={title}>
      {bars.map(({ label, value, text }) => (
        <li key={label}>
          <bdi className={css["label"]}>{label}</bdi>
          <span className={css["track"]} aria-hidden>
            <span className={css["bar"]} style={{ inlineSize: `${(100 * value) / most}%` }} />
          </span>
          <span className={css["value"]}>{text}</span>
        </li>
      ))}
    </ul>
  );
}
