// A menu may hold nothing but its items: where a field narrows them down, it stands above the menu, in the same box.
import { Menu, Popover, TextInput } from "@mantine/core";
import { useRef, type KeyboardEvent, type ReactNode } from "react";
import css from "./MenuWithField.module.css";

interface Props {
  /** What the field is for, as its name and as its hint. */
  label: string;
  words: string;
  change: (words: string) => void;
  /** Said in place of the items where there are none. */
  nothing?: string | undefined;
  children: ReactNode;
}

/** In place of a `Menu.Dropdown`: arrow down goes from the field into the items, Enter takes the first that was found. */
export function MenuWithField({ label, words, change, nothing, children }: Props) {
  const menu = useRef<HTMLDivElement>(null);
  const first = () => menu.current?.querySelector<HTMLElement>("[data-menu-item]:not([data-disabled])");
  const pressed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") first()?.focus();
    else if (event.key === "Enter" && words.trim() !== "") first()?.click();
    else return;
    event.preventDefault();
  };
  return (
    <Popover.Dropdown className={css["box"] ?? ""}>
      <TextInput
        size="xs"
        m={4}
        data-autofocus
        aria-label={label}
        placeholder={label}
        maxLength={60}
        value={words}
        onChange={(event) => change(event.currentTarget.value)}
        onKeyDown={pressed}
      />
      {nothing === undefined ? (
        <div ref={menu} role="menu" aria-label={label} aria-orientation="vertical" data-menu-dropdown className={css["items"] ?? ""}>
          {children}
        </div>
      ) : (
        <Menu.Label role="status">{nothing}</Menu.Label>
      )}
    </Popover.Dropdown>
  );
}
