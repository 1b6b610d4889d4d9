// Light or dark: what the person chose, else what the machine shows now.
import { useSyncExternalStore } from "react";
import { useSettings } from "./settings";

const machine = matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void): () => void {
  machine.addEventListener("change", listener);
  return () => machine.removeEventListener("change", listener);
}

export function useScheme(): "light" | "dark" {
  const dark = useSyncExternalStore(subscribe, () => machine.matches);
  const { theme } = useSettings();
  if (theme !== "auto") return theme;
  return dark ? "dark" : "light";
}
