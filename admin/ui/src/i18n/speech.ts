// Words in the reader's language. English is the measure: a language that lacks a word does not compile.
import type { en } from "./en";

/** One sentence, or one per plural form. `{name}` is filled in; the plural follows the value called `n`. */
export type Message = string | { one: string; other: string; few?: string; many?: string; two?: string; zero?: string };
export type Values = Record<string, string | number>;
/** The same words in another language. */
export type Translation<T> = { [K in keyof T]: T[K] extends string ? string : T[K] extends { other: string } ? Message : Translation<T[K]> };
export type Texts = Translation<typeof en>;
type Room = keyof typeof en & string;
/** The name of a text: `room.word`. */
export type TextKey = { [R in Room]: `${R}.${keyof (typeof en)[R] & string}` }[Room];

export interface Speech {
  locale: string;
  texts: Texts;
}

const plurals = new Map<string, Intl.PluralRules>();

export function say({ locale, texts }: Speech, key: TextKey, values: Values = {}): string {
  const [room, word] = key.split(".") as [Room, string];
  const message = (texts[room] as Record<string, Message>)[word] ?? key;
  return fill(locale, message, values);
}

export function fill(locale: string, message: Message, values: Values): string {
  const text = typeof message === "string" ? message : (message[form(locale, Number(values["n"] ?? 0))] ?? message.other);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? number(locale, value) : value;
  });
}

function form(locale: string, n: number): Intl.LDMLPluralRule {
  let rules = plurals.get(locale);
  if (!rules) plurals.set(locale, (rules = new Intl.PluralRules(locale)));
  return rules.select(n);
}

export function number(locale: string, value: number): string {
  return new Intl.NumberFormat(locale).format(value);
}
