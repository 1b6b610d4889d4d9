// Light or dark: what the person chose, else what the machine shows now.
import { useSyncExternalStore } from "react";
import { useSettings } from "./settings";

const machine = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
// Kept, not asked of the machine while drawing: Chromium tells nobody of a change that somebody has read already.
let dark = machine.matches;
machine.addEventListener("change", ({ matches }) => {
  dark = matches;
  for (const listener of listeners) listener();
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useScheme(): "light" | "dark" {
  const isDark = useSyncExternalStore(subscribe, () => dark);
  const { theme } = useSettings();
  if (theme !== "auto") return theme;
  return isDark ? "dark" : "light";
}
