import { Button } from "@mantine/core";
import { useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { IconSparkles } from "../ui/icons";
import { failed, told } from "../ui/toast";
import css from "./Composer.module.css";
import type { Item } from "./data";

/** Puts into the composer what the bot would answer now, from the same knowledge. Nothing is sent. */
export function SuggestButton({ item, choose }: { item: Item; choose: (text: string) => void }) {
  const t = useSay();
  const { tenant } = useHere();
  const [busy, setBusy] = useState(false);
  const suggest = async () => {
    setBusy(true);
    try {
      const made = await unwrap(
        api.POST("/api/v1/tenants/{tenant}/conversations/{conversation}/suggestion", {
          params: { path: { tenant, conversation: item.id } },
        }),
      );
      if (["answer", "extracts"].includes(made.kind) && made.text.trim() !== "") choose(made.text);
      else told(t("compose.noSuggestion"));
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-sm"
      className={css["tool"] ?? ""}
      title={t("compose.suggest")}
      loading={busy}
      leftSection={<IconSparkles size={16} aria-hidden />}
      onClick={() => void suggest()}
    >
      <span className={css["word"]}>{t("compose.suggest")}</span>
    </Button>
  );
}
