// Replies kept ready: found by name or shortcut, filled in for this customer, and shown before they are used.
import { Button, Popover, TextInput, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { IconTemplate } from "../ui/icons";
import { failed } from "../ui/toast";
import { matching } from "../keys/matching";
import css from "./Composer.module.css";
import type { Item } from "./data";

interface Props {
  item: Item;
  /** Puts the words into the composer; `note` where they are meant for colleagues. */
  choose: (text: string, note: boolean) => void;
}

export function Canned({ item, choose }: Props) {
  const t = useSay();
  const { tenant } = useHere();
  const [opened, setOpened] = useState(false);
  const [words, setWords] = useState("");
  const macros = useQuery({
    queryKey: ["macros", tenant],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/macros", { params: { path: { tenant } } })),
    enabled: opened,
    staleTime: 30_000,
  });
  const ready = (macros.data?.items ?? []).filter((one) => one.text !== "");
  const found = matching(ready.map((one) => ({ ...one, name: one.shortcut ? `${one.name} /${one.shortcut}` : one.name })), words);
  const use = async (macro: string) => {
    try {
      const filled = await unwrap(
        api.GET("/api/v1/tenants/{tenant}/conversations/{conversation}/macros/{macro}", {
          params: { path: { tenant, conversation: item.id, macro } },
        }),
      );
      setOpened(false);
      setWords("");
      choose(filled.text, filled.note);
    } catch (error) {
      failed(error);
    }
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="top-end" width={340} trapFocus withinPortal>
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          className={css["tool"] ?? ""}
          title={t("compose.canned")}
          leftSection={<IconTemplate size={16} aria-hidden />}
          onClick={() => setOpened((before) => !before)}
          aria-expanded={opened}
        >
          <span className={css["word"]}>{t("compose.canned")}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label={t("compose.canned")}>
        <TextInput
          size="xs"
          data-autofocus
          aria-label={t("compose.cannedSearch")}
          placeholder={t("compose.cannedSearch")}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <div className={css["canned"]}>
          {found.map((one) => (
            <UnstyledButton key={one.id} className={css["cannedItem"]} onClick={() => void use(one.id)}>
              <strong>{one.name}</strong>
              <span className={css["cannedText"]} dir="auto">
                {one.text}
              </span>
            </UnstyledButton>
          ))}
          {macros.data && found.length === 0 && <p className={css["hint"]}>{t(ready.length === 0 ? "compose.cannedNone" : "keys.nothingFound")}</p>}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
