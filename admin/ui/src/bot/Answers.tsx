import { Button, Group, Radio, Select, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { useWords } from "../i18n/owner";
import { FormProblem } from "../ui/FormProblem";
import { LANGUAGES, languageName } from "./languages";
import { useBotForm, type BotSettings } from "./settings";
import { useVersionInUse } from "./versions";

interface Props {
  bot: BotSettings;
  locked: boolean;
  saved: () => void;
}

const NAMES = ["bot_name", "company", "language", "instructions", "notice", "use_knowledge", "unsupported"] as const;

/** Who the bot is, what it is told and how strictly it keeps to its sources. */
export function Answers({ bot, locked, saved }: Props) {
  const t = useWords();
  const { typed, set, submit, busy, refused, dirty } = useBotForm(bot, NAMES, saved);
  const version = useVersionInUse();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <fieldset disabled={locked} style={{ border: 0, padding: 0, margin: 0 }}>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <TextInput label={t("bot.name")} description={t("bot.nameText")} maxLength={80} required value={typed.bot_name} onChange={(event) => set({ bot_name: event.currentTarget.value })} />
          <TextInput label={t("bot.company")} maxLength={200} value={typed.company} onChange={(event) => set({ company: event.currentTarget.value })} />
          <Select
            label={t("bot.language")}
            description={t("bot.languageText")}
            data={[...new Set([...LANGUAGES, typed.language])].map((value) => ({ value, label: languageName(value) }))}
            value={typed.language}
            onChange={(value) => set({ language: value ?? "en" })}
            disabled={locked}
          />
          <Textarea
            label={t("bot.instructions")}
            description={version ? t("bot.versionCounts", { n: version.version }) : t("bot.instructionsText")}
            disabled={Boolean(version)}
            placeholder={t("bot.instructionsExample")}
            autosize
            minRows={5}
            maxRows={20}
            maxLength={8000}
            dir="auto"
            value={typed.instructions}
            onChange={(event) => set({ instructions: event.currentTarget.value })}
          />
          <TextInput label={t("bot.notice")} description={t("bot.noticeText")} maxLength={500} value={typed.notice} onChange={(event) => set({ notice: event.currentTarget.value })} />
          <Switch label={t("bot.useKnowledge")} description={t("bot.useKnowledgeText")} checked={typed.use_knowledge} onChange={(event) => set({ use_knowledge: event.currentTarget.checked })} disabled={locked} />
          <Radio.Group label={t("bot.unsupported")} value={typed.unsupported} onChange={(value) => set({ unsupported: value })}>
            <Stack gap="xs" mt="xs">
              <Radio value="cut" label={t("bot.cut")} description={t("bot.cutText")} disabled={locked} />
              <Radio value="keep" label={t("bot.keep")} description={t("bot.keepText")} disabled={locked} />
            </Stack>
          </Radio.Group>
          <Group justify="flex-end">
            <Button type="submit" loading={busy} disabled={!dirty || typed.bot_name.trim() === ""}>
              {t("act.save")}
            </Button>
          </Group>
        </Stack>
      </fieldset>
    </form>
  );
}
