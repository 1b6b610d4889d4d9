import { Button } from "@mantine/core";
import { useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useSay } from "../i18n";
import { failed } from "../ui/toast";
import { useHere, useMe } from "./access";
import css from "./Frame.module.css";

/** Says all the while that somebody acts as another, and leads back. */
export function ActingAs() {
  const t = useSay();
  const { slug } = useHere();
  const { person, impersonator } = useMe();
  const [busy, setBusy] = useState(false);
  if (!impersonator) return null;
  const end = async () => {
    setBusy(true);
    try {
      await unwrap(api.POST("/api/v1/auth/impersonation/end"));
      window.location.assign(`/admin/${slug}/people`);
    } catch (error) {
      failed(error);
      setBusy(false);
    }
  };
  return (
    <div className={css["acting"]} role="status">
      <span>{t("frame.actingAs", { name: person.name, who: impersonator })}</span>
      <Button size="compact-sm" variant="default" loading={busy} onClick={() => void end()}>
        {t("frame.beYourself")}
      </Button>
    </div>
  );
}
