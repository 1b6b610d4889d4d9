import { Button, Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { useWords } from "../i18n/owner";
import { ProblemNotice } from "../ui/ProblemNotice";
import type { Pages } from "./pages";

/** A list page by page: coming, failed, empty, or there with a button for what follows. */
export function Listed<T>({ pages, empty, children }: { pages: Pages<T>; empty: ReactNode; children: (items: T[]) => ReactNode }) {
  const t = useWords();
  if (pages.error) return <ProblemNotice error={pages.error} retry={pages.again} />;
  if (!pages.items) return <Skeleton height={200} aria-busy="true" />;
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
