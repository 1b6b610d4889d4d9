import type { ReactNode } from "react";
import { PLATFORM, useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { Notice } from "../ui/Notice";
import { useTitle } from "../ui/useTitle";

/** Shows a page to those who may see it, and tells everybody else which permission it takes. */
export function Guard({ needs, title, children }: { needs: string; title: string; children: ReactNode }) {
  const { may } = useHere();
  return may(needs) ? children : <Locked needs={needs} title={title} />;
}

function Locked({ needs, title }: { needs: string; title: string }) {
  const t = useWords();
  useTitle(title);
  return (
    <Notice level={1} tone="locked" title={t("error.forbiddenTitle")}>
      {needs === PLATFORM ? t("system.operatorOnly") : t("own.noPermissionAsk", { permission: needs })}
    </Notice>
  );
}
