import type { ReactNode } from "react";
import { IconAlertTriangle } from "./icons";
import css from "./FormProblem.module.css";

/** What a form as a whole was refused for. What belongs to one field stands at that field instead. */
export function FormProblem({ children }: { children: ReactNode }) {
  return (
    <div role="alert" className={css["place"]}>
      {children && (
        <p className={css["problem"]}>
          <IconAlertTriangle size={16} aria-hidden /> <span>{children}</span>
        </p>
      )}
    </div>
  );
}
