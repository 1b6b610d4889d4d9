// Words in the visitor's language: what the page asks for, else the page's own, else the browser's.

import { en, type Texts as AppTexts } from "./locales/en";
import type { PanelTexts } from "./panels/en";

declare const __LOCALES__: Record<string, string>;

export type Texts = AppTexts & PanelTexts;

/** The languages that are here; the others are fetched when somebody needs one. */
const ENGLISH = en as Texts;
const LOCALES: Record<string, Texts> = { en: ENGLISH };
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

export interface Speech {
  locale: string;
  dir: "ltr" | "rtl";
  say(key: keyof Texts, values?: Record<string, string | number>): string;
}

export function speak(...wishes: (string | null | undefined)[]): Speech {
  const locale = wished(wishes) ?? "en";
  const texts = LOCALES[base(locale)];
  return {
    locale: texts ? locale : "en",
    dir: texts && RIGHT_TO_LEFT.has(base(locale)) ? "rtl" : "ltr",
    say: (key, values = {}) => ((texts ?? ENGLISH)[key] ?? ENGLISH[key] ?? "").replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)),
  };
}

/** Take more English words in: those of the panels, which bring their own. */
export function teach(more: Partial<Texts>): void {
  Object.assign(ENGLISH, more);
}

/** Fetch the words of the first language wished for that is not here yet. Resolves to whether there is something new. */
export async function learn(root: URL, ...wishes: (string | null | undefined)[]): Promise<boolean> {
  const language = base(wished(wishes) ?? "en");
  const file = __LOCALES__[language];
  if (language in LOCALES || !file) return false;
  try {
    const answer = await fetch(new URL(`widget/${file}`, root), { credentials: "omit" });
    if (!answer.ok) return false;
    LOCALES[language] = (await answer.json()) as Texts;
    return true;
  } catch {
    return false;
  }
}

function wished(wishes: (string | null | undefined)[]): string | undefined {
  return wishes.flatMap((wish) => (wish ? [wish.trim()] : [])).find((wish) => base(wish) in LOCALES || base(wish) in __LOCALES__);
}

function base(locale: string): string {
  return locale.toLowerCase().split(/[-_]/)[0] ?? "";
}

export function clock(locale: string, iso: string): string {
  return shown(locale, iso, { hour: "numeric", minute: "2-digit" });
}

/** The day, with its year only where it is not this one. */
export function day(locale: string, iso: string): string {
  const own = new Date(iso).getFullYear() === new Date().getFullYear();
  return shown(locale, iso, { weekday: "long", day: "numeric", month: "long", ...(!own && { year: "numeric" }) });
}

function shown(locale: string, iso: string, form: Intl.DateTimeFormatOptions): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  try {
    return new Intl.DateTimeFormat(locale, form).format(at);
  } catch {
    return new Intl.DateTimeFormat("en", form).format(at);
  }
}
