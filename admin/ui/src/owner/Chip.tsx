import type { ReactNode } from "react";
import { IconAlertTriangle, IconCircleCheck, IconClock, IconPause, IconRefresh } from "../ui/icons";
import css from "./owner.module.css";

const ICONS = { good: IconCircleCheck, bad: IconAlertTriangle, busy: IconRefresh, waits: IconClock, off: IconPause };
export type Mood = keyof typeof ICONS;

/** A state: icon, word and colour together, never the colour alone. */
export function Chip({ mood, children }: { mood: Mood; children: ReactNode }) {
  const Icon = ICONS[mood];
  return (
    <span className={css["chip"]} data-mood={mood}>
      <Icon size={14} aria-hidden />
      {children}
    </span>
  );
}
