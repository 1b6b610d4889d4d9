import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import type { Message } from "./data";
import { whyQuery } from "./Found";
import css from "./Why.module.css";

// The inbox does not pay for it before somebody mends something.
const FixIt = lazy(() => import("../fix/FixIt").then((module) => ({ default: module.FixIt })));

/** From an answer to a better one: opens what puts it right, with the question that was asked. */
export function FixButton({ message, conversation }: { message: Message; conversation: string }) {
  const t = useSay();
  const { tenant, may } = useHere();
  const [open, setOpen] = useState(false);
  const why = useQuery({ ...whyQuery(tenant, conversation, message.id), enabled: may("conversations:read_all") });
  if (!may("knowledge:write")) return null;
  return (
    <div className={css["fix"]}>
      <Button size="compact-sm" variant="default" disabled={why.isLoading} onClick={() => setOpen(true)}>
        {t("why.fix")}
      </Button>
      {open && (
        <Suspense>
          <FixIt question={why.data?.question ?? ""} sources={message.citations} close={() => setOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}
