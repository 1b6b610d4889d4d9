// A page that is not the inbox: one title, one primary action, one column of thought.
import type { ReactNode } from "react";
import css from "./Page.module.css";
import { useTitle } from "./useTitle";

interface Props {
  title: string;
  /** The page's primary action. */
  action?: ReactNode;
  /** Whether the page needs the whole width, as for tables. */
  wide?: boolean;
  children: ReactNode;
}

export function Page({ title, action, wide, children }: Props) {
  useTitle(title);
  return (
    <div className={css["scroll"]}>
      <div className={css["page"]} data-wide={wide || undefined}>
        <header className={css["head"]}>
          <h1>{title}</h1>
          {action}
        </header>
        {children}
      </div>
    </div>
  );
}

/** A part of a page under its own heading. */
export function Section({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  return (
    <section className={css["section"]}>
      <h2>{title}</h2>
      {text && <p className={css["text"]}>{text}</p>}
      {children}
    </section>
  );
}
