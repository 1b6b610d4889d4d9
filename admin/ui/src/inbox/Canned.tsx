// Replies kept ready: found by name or shortcut, filled in for this customer, and shown before they are used.
import { Button, Popover, Skeleton, TextInput, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { matching } from "../keys/matching";
import { IconPlus, IconTemplate } from "../ui/icons";
import { plainText } from "../ui/plainText";
import { ProblemNotice } from "../ui/ProblemNotice";
import css from "./Composer.module.css";
import type { Item } from "./data";
import { MacroPreview } from "./MacroPreview";

const MacroForm = lazy(() => import("./MacroForm"));
export type Macro = Schemas["MacroView"];

interface Props {
  item: Item;
  /** What stands in the composer, to be kept as a reply. */
  written: string;
  /** Puts the words into the composer; `note` where they are meant for colleagues. */
  choose: (text: string, note: boolean) => void;
}

export function Canned({ item, written, choose }: Props) {
  const t = useSay();
  const { tenant, may } = useHere();
  const [opened, setOpened] = useState(false);
  const [words, setWords] = useState("");
  const [chosenId, setChosen] = useState<string | null>(null);
  const [edited, setEdited] = useState<Macro | "new" | null>(null);
  const macros = useQuery({
    queryKey: ["macros", tenant],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/macros", { params: { path: { tenant } } })),
    enabled: opened,
    staleTime: 30_000,
  });
  const all = macros.data?.items ?? [];
  // Looked up anew: what was changed a moment ago may still be on its way when it is chosen.
  const chosen = all.find(({ id }) => id === chosenId) ?? null;
  const found = matching(all.map((one) => ({ ...one, name: one.shortcut ? `${one.name} /${one.shortcut}` : one.name })), words);
  const close = () => {
    setOpened(false);
    setChosen(null);
    setWords("");
  };
  const edit = (macro: Macro | "new") => {
    close();
    setEdited(macro);
  };
  return (
    <>
      <Popover opened={opened} onChange={(open) => (open ? setOpened(true) : close())} position="top-end" width={360} trapFocus withinPortal>
        <Popover.Target>
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            className={css["tool"] ?? ""}
            title={t("compose.canned")}
            leftSection={<IconTemplate size={16} aria-hidden />}
            onClick={() => (opened ? close() : setOpened(true))}
            aria-expanded={opened}
          >
            <span className={css["word"]}>{t("compose.canned")}</span>
          </Button>
        </Popover.Target>
        <Popover.Dropdown p={8} aria-label={t("compose.canned")}>
          {chosen ? (
            <MacroPreview
              item={item}
              macro={chosen}
              back={() => setChosen(null)}
              edit={() => edit(chosen)}
              done={close}
              choose={(text, note) => {
                close();
                choose(text, note);
              }}
            />
          ) : (
            <>
              <TextInput
                size="xs"
                data-autofocus
                aria-label={t("compose.cannedSearch")}
                placeholder={t("compose.cannedSearch")}
                value={words}
                onChange={(event) => setWords(event.currentTarget.value)}
                onKeyDown={(event) => {
                  const first = found[0];
                  if (event.key !== "Enter" || !first) return;
                  event.preventDefault();
                  setChosen(first.id);
                }}
              />
              <div className={css["canned"]}>
                {macros.isPending && <Skeleton height={40} aria-busy="true" />}
                {macros.error && !macros.data && <ProblemNotice error={macros.error} retry={() => void macros.refetch()} />}
                {found.map((one) => (
                  <UnstyledButton key={one.id} className={css["cannedItem"]} onClick={() => setChosen(one.id)}>
                    <strong>{one.name}</strong>
                    <span className={css["cannedText"]} dir="auto">
                      {plainText(one.text) || t("macro.actsOnly")}
                    </span>
                  </UnstyledButton>
                ))}
                {macros.data && found.length === 0 && <p className={css["hint"]}>{t(all.length === 0 ? "compose.cannedNone" : "keys.nothingFound")}</p>}
              </div>
              {may("conversations:reply") && (
                <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => edit("new")}>
                  {t(written.trim() ? "macro.keep" : "macro.make")}
                </Button>
              )}
            </>
          )}
        </Popover.Dropdown>
      </Popover>
      <Suspense>
        {edited && <MacroForm macro={edited === "new" ? null : edited} text={written} close={() => setEdited(null)} />}
      </Suspense>
    </>
  );
}
