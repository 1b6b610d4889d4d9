import { useSay } from "../i18n";
import css from "./StateChip.module.css";
import { STATES } from "./words";

/** Who has the word in a conversation, by icon and word. */
export function StateChip({ state }: { state: string }) {
  const t = useSay();
  const look = STATES[state];
  if (!look) return null;
  const Icon = look.icon;
  return (
    <span className={css["chip"]} data-tone={look.tone}>
      <Icon size={14} aria-hidden /> {t(look.label)}
    </span>
  );
}
