import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useWords } from "../i18n/owner";
import { Coming, type Shape } from "../ui/Coming";
import { ProblemNotice } from "../ui/ProblemNotice";
import type { Pages } from "./pages";

/** A list page by page: coming, failed, empty, or there with a button for what follows. */
export function Listed<T>({ pages, empty, shape = "rows", children }: { pages: Pages<T>; empty: ReactNode; shape?: Shape; children: (items: T[]) => ReactNode }) {
  const t = useWords();
  if (pages.error) return <ProblemNotice error={pages.error} retry={pages.again} />;
  if (!pages.items) return <Coming shape={shape} />;
  if (pages.items.length === 0) return empty;
  return (
    <>
      {children(pages.items)}
      {pages.more && (
        <Button variant="default" mt="md" onClick={pages.more} loading={pages.busy}>
          {t("own.more")}
        </Button>
      )}
    </>
  );
}
