// Words in the visitor's language: what the page asks for, else the page's own, else the browser's.

import { de } from "./locales/de";
import { en, type Texts } from "./locales/en";

const LOCALES: Record<string, Texts> = { en, de };

export interface Speech {
  locale: string;
  say(key: keyof Texts, values?: Record<string, string | number>): string;
}

export function speak(...wishes: (string | null | undefined)[]): Speech {
  const found = wishes.flatMap((wish) => (wish ? [wish.trim()] : [])).find((wish) => base(wish) in LOCALES);
  const locale = found ?? "en";
  const texts = LOCALES[base(locale)] ?? en;
  return {
    locale,
    say: (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)),
  };
}

function base(locale: string): string {
  return locale.toLowerCase().split(/[-_]/)[0] ?? "";
}

export function clock(locale: string, iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  try {
    return new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }).format(at);
  } catch {
    return new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit" }).format(at);
  }
}
