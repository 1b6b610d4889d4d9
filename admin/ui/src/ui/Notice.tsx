// Empty states, errors and other things to know: what this is, why, and the one step onward.
import type { ReactNode } from "react";
import { IconAlertTriangle, IconCircleCheck, IconInbox, IconInfoCircle, IconLock } from "./icons";
import css from "./Notice.module.css";

export type Tone = "empty" | "failed" | "locked" | "info" | "done";
const ICONS = { empty: IconInbox, failed: IconAlertTriangle, locked: IconLock, info: IconInfoCircle, done: IconCircleCheck };

interface Props {
  tone: Tone;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** Whether the title heads the page (a page of its own) or a part of it. */
  level?: 1 | 2;
}

export function Notice({ tone, title, children, action, level = 2 }: Props) {
  const Icon = ICONS[tone];
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <section className={css["notice"]} data-tone={tone} role={tone === "failed" ? "alert" : undefined}>
      <Icon size={32} stroke={1.5} aria-hidden />
      <Heading className={css["title"]}>{title}</Heading>
      {children && <div className={css["text"]}>{children}</div>}
      {action && <div className={css["action"]}>{action}</div>}
    </section>
  );
}
