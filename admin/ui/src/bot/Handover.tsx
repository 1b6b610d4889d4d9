import { Button, Group, NumberInput, Radio, Stack, TagsInput } from "@mantine/core";
import { useWords } from "../i18n/owner";
import { FormProblem } from "../ui/FormProblem";
import { Section } from "../ui/Page";
import { useBotForm, type BotSettings } from "./settings";

const NAMES = ["handoff_keywords", "misses_before_handoff", "max_answers", "max_cost", "min_support", "on_model_failure"] as const;

/** When the bot gives a conversation to people. Asking for a person always works. */
export function Handover({ bot, locked, saved }: { bot: BotSettings; locked: boolean; saved: () => void }) {
  const t = useWords();
  const { typed, set, submit, busy, refused, dirty } = useBotForm(bot, NAMES, saved);
  const figure = (value: string | number) => (value === "" ? null : Number(value));
  return (
    <Section title={t("bot.handoverTitle")} text={t("bot.handoverText")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <TagsInput
            label={t("bot.keywords")}
            description={t("bot.keywordsText")}
            value={typed.handoff_keywords}
            onChange={(value) => set({ handoff_keywords: value })}
            disabled={locked}
            clearable
            clearButtonProps={{ "aria-label": t("act.clear") }}
          />
          <NumberInput label={t("bot.misses")} min={1} max={20} value={typed.misses_before_handoff} onChange={(value) => set({ misses_before_handoff: figure(value) ?? 3 })} disabled={locked} />
          <NumberInput label={t("bot.maxAnswers")} description={t("bot.noLimit")} min={1} max={1000} value={typed.max_answers ?? ""} onChange={(value) => set({ max_answers: figure(value) })} disabled={locked} />
          <NumberInput label={t("bot.maxCost")} description={t("bot.noLimit")} min={0.001} decimalScale={4} prefix="$" value={typed.max_cost ?? ""} onChange={(value) => set({ max_cost: figure(value) })} disabled={locked} />
          <NumberInput label={t("bot.minSupport")} description={t("bot.minSupportText")} min={0} max={1} step={0.05} decimalScale={2} value={typed.min_support} onChange={(value) => set({ min_support: figure(value) ?? 0 })} disabled={locked} />
          <Radio.Group label={t("bot.onFailure")} value={typed.on_model_failure} onChange={(value) => set({ on_model_failure: value })}>
            <Stack gap="xs" mt="xs">
              <Radio value="extracts" label={t("bot.failExtracts")} disabled={locked} />
              <Radio value="handoff" label={t("bot.failHandoff")} disabled={locked} />
            </Stack>
          </Radio.Group>
          <Group justify="flex-end">
            <Button type="submit" loading={busy} disabled={locked || !dirty}>
              {t("act.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
