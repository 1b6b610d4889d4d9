import type { ReactNode } from "react";
import { useEffect } from "react";
import { Mark } from "../ui/Mark";
import css from "./Card.module.css";

/** The page around everything that happens before somebody is signed in. */
export function Card({ title, lead, children }: { title: string; lead?: ReactNode; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Switchboard`;
  }, [title]);
  return (
    <main className={css["page"]}>
      <div className={css["card"]}>
        <div className={css["brand"]}>
          <Mark size={32} />
          <span>Switchboard</span>
        </div>
        <h1 className={css["title"]}>{title}</h1>
        {lead && <p className={css["lead"]}>{lead}</p>}
        {children}
      </div>
    </main>
  );
}
