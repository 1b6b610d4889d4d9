import { Button, Group, Select, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { useWords } from "../i18n/owner";
import { FormProblem } from "../ui/FormProblem";
import { useBotForm, type BotSettings } from "./settings";

/** The fixed sentences, by their names in the hub. */
const KEYS = [
  "greeting",
  "no_answer",
  "handing_over",
  "person_option",
  "missed_too_often",
  "limit_reached",
  "model_down",
  "extracts",
  "closed",
  "closed_until",
  "queue_next",
  "queue_place",
  "queue_wait",
  "ask_who",
  "bot_option",
  "cannot_read",
  "thanks",
  "opted_out",
  "opted_in",
] as const;

/** Own words in place of the hub's fixed ones, language by language. Left empty, the hub's are used. */
export function Phrases({ bot, locked, saved }: { bot: BotSettings; locked: boolean; saved: () => void }) {
  const t = useWords();
  const [language, setLanguage] = useState(bot.language);
  const { typed, set, submit, busy, refused, dirty } = useBotForm(bot, ["phrases"] as const, saved);
  const languages = [...new Set([bot.language, "en", "de", ...Object.keys(bot.phrases)])];
  const own = typed.phrases[language] ?? {};
  const change = (key: string, words: string) => {
    const { [key]: _before, ...rest } = own;
    set({ phrases: { ...typed.phrases, [language]: words ? { ...rest, [key]: words } : rest } });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="md">
        <p>{t("bot.phrasesText")}</p>
        <FormProblem>{refused}</FormProblem>
        <Select
          label={t("bot.phraseLanguage")}
          data={languages.map((value) => ({ value, label: new Intl.DisplayNames([value], { type: "language" }).of(value) ?? value }))}
          value={language}
          onChange={(value) => setLanguage(value ?? "en")}
        />
        {KEYS.map((key) => (
          <Textarea key={key} label={t(`bot.phrase_${key}`)} placeholder={t("bot.phraseUsual")} autosize dir="auto" maxLength={1000} value={own[key] ?? ""} onChange={(event) => change(key, event.currentTarget.value)} disabled={locked} />
        ))}
        <Group justify="flex-end">
          <Button type="submit" loading={busy} disabled={locked || !dirty}>
            {t("act.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
