import { Button, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useTenantSettings } from "../knowledge/tuning";
import { useAct } from "../owner/act";
import { FormProblem } from "../ui/FormProblem";
import { useSend } from "../ui/useSend";
import { LANGUAGES, languageName } from "./languages";
import { botOf } from "./settings";
import { versionsKey, type Version } from "./versions";

/** Writes the next version, beginning with what counts now. It answers nobody until it is put to use. */
export function VersionForm({ from, close }: { from: Version | null; close: (made: Version | null) => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(versionsKey(tenant));
  const settings = useTenantSettings().data?.settings;
  const [instructions, setInstructions] = useState(from?.instructions ?? botOf(settings ?? {}).instructions);
  const [tone, setTone] = useState(from?.tone ?? "");
  const [language, setLanguage] = useState(from?.language ?? null);
  const [note, setNote] = useState("");
  const { busy, refused, wrong, send } = useSend<Version>(["instructions", "tone", "language", "note"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { instructions, tone, language, note };
    const made = await send(() => unwrap(api.POST("/api/v1/tenants/{tenant}/prompts", { params: { path: { tenant }, header: once() }, body })));
    if (!made) return;
    await act(async () => {}, t("bot.versionKept", { n: made.version }));
    close(made);
  };
  return (
    <Modal opened onClose={() => close(null)} size="lg" title={t("bot.newVersion")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <Textarea
            label={t("bot.instructions")}
            description={t("bot.instructionsText")}
            placeholder={t("bot.instructionsExample")}
            autosize
            minRows={6}
            maxRows={16}
            maxLength={8000}
            dir="auto"
            data-autofocus
            value={instructions}
            error={wrong["instructions"]}
            onChange={(event) => setInstructions(event.currentTarget.value)}
          />
          <TextInput label={t("bot.tone")} placeholder={t("bot.toneExample")} maxLength={500} dir="auto" value={tone} error={wrong["tone"]} onChange={(event) => setTone(event.currentTarget.value)} />
          <Select
            label={t("bot.language")}
            placeholder={t("bot.languageAsSet")}
            clearable
            data={LANGUAGES.map((value) => ({ value, label: languageName(value) }))}
            value={language}
            onChange={setLanguage}
          />
          <TextInput label={t("bot.versionNote")} description={t("bot.versionNoteText")} maxLength={500} dir="auto" value={note} error={wrong["note"]} onChange={(event) => setNote(event.currentTarget.value)} />
          <Button type="submit" loading={busy} disabled={instructions.trim() === ""}>
            {t("bot.keepVersion")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
