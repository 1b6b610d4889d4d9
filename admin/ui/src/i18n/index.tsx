// Gives every part of the app its words: `const t = useSay(); t("inbox.title")`.
import { DirectionProvider } from "@mantine/core";
import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from "react";
import { useSettings } from "../app/settings";
import { say, type Speech, type Texts, type TextKey, type Values } from "./speech";

export type { TextKey, Values } from "./speech";

/** The languages there are, by code, in their own words. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
type Language = keyof typeof LANGUAGES;
const LOADERS: Record<Language, () => Promise<Texts>> = {
  en: () => import("./en").then((module) => module.en),
  de: () => import("./de").then((module) => module.de),
};
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

// Stands here until the first language is there, which is before anything is shown.
const SILENCE: Speech = { locale: "en", texts: {} as Texts };
const SpeechContext = createContext<Speech>(SILENCE);
let spoken = SILENCE;

/** The chosen language, else the first of the browser's that there is. Regions keep their own dates and numbers. */
export function localeFor(chosen: string, wishes: readonly string[]): string {
  const wished = chosen === "auto" ? wishes : [chosen, ...wishes.filter((wish) => language(wish) === chosen)];
  const found = wished.filter((wish) => language(wish) in LANGUAGES);
  return (chosen === "auto" ? found[0] : found.at(-1)) ?? "en";
}

function language(locale: string): string {
  return locale.toLowerCase().split("-")[0] ?? "";
}

async function load(locale: string): Promise<Speech> {
  return { locale, texts: await LOADERS[language(locale) as Language]() };
}

/** Waits for the language the page starts with, so that it does not change before the reader's eyes. */
export async function firstSpeech(chosen: string): Promise<Speech> {
  return load(localeFor(chosen, navigator.languages)).catch(() => load("en"));
}

export function SpeechProvider({ first, children }: { first: Speech; children: ReactNode }) {
  const { language: chosen, direction } = useSettings();
  const [speech, setSpeech] = useState(first);
  useEffect(() => {
    let here = true;
    const locale = localeFor(chosen, navigator.languages);
    void load(locale).then((loaded) => here && setSpeech(loaded));
    return () => {
      here = false;
    };
  }, [chosen]);
  const dir = direction === "auto" ? (RIGHT_TO_LEFT.has(language(speech.locale)) ? "rtl" : "ltr") : direction;
  useEffect(() => {
    document.documentElement.lang = speech.locale;
    document.documentElement.dir = dir;
  }, [speech, dir]);
  spoken = speech;
  return (
    <SpeechContext value={speech}>
      <DirectionProvider key={dir} initialDirection={dir} detectDirection={false}>
        {children}
      </DirectionProvider>
    </SpeechContext>
  );
}

export type Say = (key: TextKey, values?: Values) => string;

export function useSay(): Say {
  const speech = useContext(SpeechContext);
  return useCallback<Say>((key, values) => say(speech, key, values), [speech]);
}

export function useLocale(): string {
  return useContext(SpeechContext).locale;
}

/** For what is said outside of components: titles, notifications. */
export const sayNow: Say = (key, values) => say(spoken, key, values);
