// Mod+K: everything that can be done or opened here, found by typing a part of its name.
import { Kbd, Modal, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useId, useMemo, useState, type KeyboardEvent } from "react";
import { useHere } from "../app/access";
import { LISTS } from "../app/lists";
import { MENU } from "../app/menu-entries";
import { change, useSettings } from "../app/settings";
import { useSay } from "../i18n";
import { useKeys } from "./KeyHost";
import css from "./keys.module.css";
import { ACTION_NAMES, keysFor } from "./keymap";
import { matching } from "./matching";

interface Command {
  name: string;
  key?: string;
  run: () => void;
}

interface Props {
  words: string;
  setWords: (words: string) => void;
  close: () => void;
}

export default function Palette({ words, setWords, close }: Props) {
  const t = useSay();
  const id = useId();
  const commands = useCommands();
  const [at, setAt] = useState(0);
  const found = useMemo(() => matching(commands, words), [commands, words]);
  const chosen = Math.min(at, found.length - 1);

  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    // The dialog gives the focus back first, so that what the command focuses keeps it.
    setTimeout(command.run, 0);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((chosen + step + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[chosen]);
    }
  };
  return (
    <Modal opened onClose={close} title={t("keys.paletteTitle")} size="lg" yOffset="12dvh" centered={false}
      closeButtonProps={{ "aria-label": t("act.close") }}>
      <TextInput
        data-autofocus
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={found[chosen] ? `${id}-${chosen}` : undefined}
        aria-label={t("keys.paletteTitle")}
        placeholder={t("keys.palettePlaceholder")}
        value={words}
        onChange={(event) => {
          setWords(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={pressed}
      />
      <ul className={css["results"]} role="listbox" id={`${id}-list`} aria-label={t("keys.paletteTitle")}>
        {found.map((command, n) => (
          <li
            key={command.name}
            id={`${id}-${n}`}
            role="option"
            aria-selected={n === chosen}
            className={css["found"]}
            onMouseMove={() => setAt(n)}
            onClick={() => run(command)}
          >
            <span className={css["row"]}>
              {command.name}
              {command.key && <Kbd>{command.key}</Kbd>}
            </span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <div className={css["none"]}>{t("keys.nothingFound")}</div>}
    </Modal>
  );
}

function useCommands(): Command[] {
  const t = useSay();
  const keys = useKeys();
  const navigate = useNavigate();
  const { slug, may } = useHere();
  const { keys: own } = useSettings();
  const letters = keysFor(own);
  const go = (path: string) => () => void navigate({ to: `/${slug}/${path}` });
  return [
    ...ACTION_NAMES.filter((name) => keys.available(name)).map((name) => ({
      name: t(`keys.${name}`),
      key: letters[name],
      run: () => void keys.run(name),
    })),
    ...LISTS.map((list) => ({ name: t("keys.goTo", { name: t(list.label) }), run: go(`inbox/${list.id}`) })),
    ...MENU.flatMap(({ entries }) => entries).filter(({ permission }) => !permission || may(permission)).map(({ label, path }) => ({
      name: t("keys.goTo", { name: t(label) }),
      run: go(path),
    })),
    { name: t("keys.goTo", { name: t("frame.account") }), run: go("account") },
    { name: t("keys.themeLight"), run: () => change({ theme: "light" }) },
    { name: t("keys.themeDark"), run: () => change({ theme: "dark" }) },
    { name: t("keys.themeAuto"), run: () => change({ theme: "auto" }) },
  ];
}
