// What a person set for this browser: how it looks, speaks, sounds and which keys it takes. Kept in local storage.
import { useSyncExternalStore } from "react";

export type Theme = "auto" | "light" | "dark";
export type Direction = "auto" | "ltr" | "rtl";

/** What a person can be told of, one by one. */
export const ALERT_KINDS = ["waiting", "assigned", "reply", "mention"] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];
export interface AlertSetting {
  desktop: boolean;
  sound: boolean;
}

export interface Settings {
  theme: Theme;
  language: string;
  direction: Direction;
  keyboard: boolean;
  /** Keys other than the usual ones, by the name of what they do. */
  keys: Record<string, string>;
  /** Whether Enter alone sends; otherwise Ctrl or Command with Enter does. */
  enterSends: boolean;
  alerts: Record<AlertKind, AlertSetting>;
  /** How loud, 0 to 1. */
  volume: number;
  /** Whether the sound for a waiting customer comes again until somebody looks. */
  repeat: boolean;
  quiet: { on: boolean; from: string; to: string };
  details: boolean;
}

export const USUAL: Settings = {
  theme: "auto",
  language: "auto",
  direction: "auto",
  keyboard: true,
  keys: {},
  enterSends: false,
  alerts: {
    waiting: { desktop: true, sound: true },
    assigned: { desktop: true, sound: true },
    reply: { desktop: true, sound: true },
    mention: { desktop: true, sound: true },
  },
  volume: 0.6,
  repeat: true,
  quiet: { on: false, from: "20:00", to: "08:00" },
  details: true,
};

const PLACE = "switchboard.settings";
const listeners = new Set<() => void>();
let current = read();

function read(): Settings {
  try {
    return merged(JSON.parse(localStorage.getItem(PLACE) ?? "{}"));
  } catch {
    return USUAL;
  }
}

/** Stored settings over the usual ones; what is missing, of another kind or unknown does not count. */
export function merged(stored: unknown): Settings {
  const given = (stored !== null && typeof stored === "object" ? stored : {}) as Partial<Settings>;
  const fits = Object.fromEntries(
    Object.entries(USUAL).map(([name, usual]) => {
      const value = given[name as keyof Settings];
      return [name, value !== null && typeof value === typeof usual ? value : usual];
    }),
  ) as unknown as Settings;
  const alerts = Object.fromEntries(ALERT_KINDS.map((kind) => [kind, { ...USUAL.alerts[kind], ...fits.alerts[kind] }]));
  return { ...fits, alerts: alerts as Settings["alerts"], quiet: { ...USUAL.quiet, ...fits.quiet } };
}

export function settings(): Settings {
  return current;
}

export function change(part: Partial<Settings>): void {
  current = { ...current, ...part };
  try {
    localStorage.setItem(PLACE, JSON.stringify(current));
  } catch {
    // No storage: the choice holds until the page is closed.
  }
  for (const listener of listeners) listener();
}

addEventListener("storage", (event) => {
  if (event.key !== PLACE) return;
  current = read();
  for (const listener of listeners) listener();
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSettings(): Settings {
  return useSyncExternalStore(subscribe, settings);
}
