// Which key does what. Single letters count outside of text fields alone, and nothing listens to Alt: on some
// keyboards Alt with a letter types a character, and a shortcut there has sent notes to customers elsewhere.

export const ACTIONS = {
  next: "j",
  previous: "k",
  open: "o",
  reply: "r",
  note: "n",
  assignMe: "a",
  resolve: "e",
  toBot: "b",
  snooze: "s",
  label: "l",
  search: "/",
  help: "?",
} as const;
export type Action = keyof typeof ACTIONS;
export const ACTION_NAMES = Object.keys(ACTIONS) as Action[];

/** Keys as they hold now: the usual ones with a person's own over them. One key does one thing: the own one wins. */
export function keysFor(own: Record<string, string>): Record<Action, string> {
  const chosen = Object.fromEntries(ACTION_NAMES.map((name) => [name, own[name] || ACTIONS[name]])) as Record<Action, string>;
  for (const name of ACTION_NAMES) {
    const taken = ACTION_NAMES.some((other) => other !== name && own[other] && own[other] === chosen[name]);
    if (taken && !own[name]) chosen[name] = "";
  }
  return chosen;
}

/** Why a key cannot be taken for an action; null where it can. */
export function refusal(key: string): "none" | "many" | "reserved" | null {
  if (key === "") return "none";
  if ([...key].length !== 1) return "many";
  return key === " " ? "reserved" : null;
}

export interface Pressed {
  key: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  isComposing?: boolean;
}

export function actionOf(pressed: Pressed, inText: boolean, keys: Record<Action, string>): Action | null {
  if (inText || pressed.altKey || pressed.ctrlKey || pressed.metaKey || pressed.isComposing) return null;
  return ACTION_NAMES.find((name) => keys[name] !== "" && keys[name] === pressed.key) ?? null;
}

/** Ctrl, or Command on a Mac, with this key and nothing else. */
export function withMod(pressed: Pressed, key: string): boolean {
  return (pressed.ctrlKey || pressed.metaKey) && !pressed.altKey && pressed.key.toLowerCase() === key.toLowerCase();
}

/** Whether what has the focus takes letters for itself. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("[role=combobox], [role=listbox], [role=menu]")) return true;
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["button", "checkbox", "radio", "submit", "range"].includes(target.type);
}

const MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);
/** What the key beside the space bar is called here. */
export const MOD = MAC ? "⌘" : "Ctrl";
