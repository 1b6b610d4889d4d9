// The words of the pages that set the hub up. They are fetched with the first of these pages: the inbox does not pay for them.
import { use, useCallback } from "react";
import { useLocale, useSay, type TextKey } from "..";
import { fill, type Message, type Translation, type Values } from "../speech";
import type { words as english } from "./en";

type Own = typeof english;
export type OwnTexts = Translation<Own>;
type Room = keyof Own & string;
/** The name of a text of these pages, `room.word`, or of any other. */
export type OwnKey = { [R in Room]: `${R}.${keyof Own[R] & string}` }[Room] | TextKey;
export type OwnSay = (key: OwnKey, values?: Values) => string;

const LOADERS: Record<string, () => Promise<OwnTexts>> = {
  en: () => import("./en").then((module) => module.words),
  de: () => import("./de").then((module) => module.words),
};
const kept = new Map<string, Promise<OwnTexts>>();

function texts(language: string): Promise<OwnTexts> {
  const known = kept.get(language);
  if (known) return known;
  const loading = (LOADERS[language] ?? LOADERS["en"]!)().catch((error: unknown) => {
    // So that the page, loaded again, asks again.
    kept.delete(language);
    throw error;
  });
  kept.set(language, loading);
  return loading;
}

/** As `useSay`, with the words of these pages too. Suspends until they are there. */
export function useWords(): OwnSay {
  const locale = useLocale();
  const common = useSay();
  const own = use(texts(locale.split("-")[0] ?? "en"));
  return useCallback<OwnSay>(
    (key, values = {}) => {
      const [room, word] = key.split(".") as [string, string];
      const message = (own as Record<string, Record<string, Message>>)[room]?.[word];
      return message === undefined ? common(key as TextKey, values) : fill(locale, message, values);
    },
    [own, common, locale],
  );
}
