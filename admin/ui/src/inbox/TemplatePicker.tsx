// Messages that the platform approved beforehand: where no free reply is allowed, they still reach the customer.
import { Button, Group, Modal, ScrollArea, Skeleton, Stack, TextInput, UnstyledButton } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere, useMe } from "../app/access";
import { useSay } from "../i18n";
import { matching } from "../keys/matching";
import { FormProblem } from "../ui/FormProblem";
import { ProblemNotice } from "../ui/ProblemNotice";
import { failed, told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import css from "./Composer.module.css";
import { look, type Item } from "./data";

type Template = Schemas["KeptTemplateView"];
type Slot = Template["slots"][number];

export default function TemplatePicker({ item, close }: { item: Item; close: () => void }) {
  const t = useSay();
  const { tenant, may } = useHere();
  const [chosen, setChosen] = useState<Template | null>(null);
  const templates = useQuery({
    queryKey: ["templates", tenant, item.channel_id],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/channels/{channel}/templates", {
          params: { path: { tenant, channel: item.channel_id }, query: { limit: 200 } },
        }),
      ),
    staleTime: 60_000,
  });
  const fetchThem = async () => {
    try {
      await unwrap(
        api.POST("/api/v1/tenants/{tenant}/channels/{channel}/templates/sync", {
          params: { path: { tenant, channel: item.channel_id } },
        }),
      );
      await templates.refetch();
    } catch (error) {
      failed(error);
    }
  };
  const approved = (templates.data?.items ?? []).filter(({ status }) => status.toLowerCase() === "approved");
  return (
    <Modal opened onClose={close} title={chosen ? chosen.name : t("template.title")} size="lg" closeButtonProps={{ "aria-label": t("act.close") }}>
      {templates.error ? (
        <ProblemNotice error={templates.error} retry={() => void templates.refetch()} />
      ) : templates.isPending ? (
        <Skeleton height={120} />
      ) : chosen ? (
        <Fill item={item} template={chosen} back={() => setChosen(null)} close={close} />
      ) : (
        <Choice templates={approved} choose={setChosen} fetch={may("channels:write") ? fetchThem : undefined} />
      )}
    </Modal>
  );
}

interface ChoiceProps {
  templates: Template[];
  choose: (template: Template) => void;
  /** Fetches them from the platform, for those who may. */
  fetch: (() => Promise<void>) | undefined;
}

function Choice({ templates, choose, fetch }: ChoiceProps) {
  const t = useSay();
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  if (templates.length === 0) {
    return (
      <Stack gap="sm" align="flex-start">
        <p>{t("template.none")}</p>
        {fetch && (
          <Button loading={busy} onClick={() => (setBusy(true), void fetch().finally(() => setBusy(false)))}>
            {t("template.fetch")}
          </Button>
        )}
      </Stack>
    );
  }
  const found = matching(
    templates.map((template) => ({ name: `${template.name} ${template.text}`, template })),
    words,
  );
  return (
    <Stack gap="xs">
      <TextInput data-autofocus aria-label={t("template.search")} placeholder={t("template.search")} value={words} onChange={(event) => setWords(event.currentTarget.value)} />
      <ScrollArea.Autosize mah={360}>
        {found.map(({ template }) => (
          <UnstyledButton key={`${template.name} ${template.language}`} className={css["cannedItem"]} onClick={() => choose(template)}>
            <strong>{template.name}</strong> <span className={css["hint"]}>{template.language}</span>
            <span className={css["cannedText"]} dir="auto">
              {template.text}
            </span>
          </UnstyledButton>
        ))}
        {found.length === 0 && <p className={css["hint"]}>{t("keys.nothingFound")}</p>}
      </ScrollArea.Autosize>
    </Stack>
  );
}

const nameOf = (slot: Slot) => `${slot.place} ${slot.name} ${slot.kind}`;

function Fill({ item, template, back, close }: { item: Item; template: Template; back: () => void; close: () => void }) {
  const t = useSay();
  const me = useMe();
  const { tenant } = useHere();
  const client = useQueryClient();
  const [given, setGiven] = useState<Record<string, string>>({});
  const [key] = useState(() => crypto.randomUUID());
  const { busy, refused, send } = useSend<unknown>([]);
  const whole = template.slots.every((slot) => given[nameOf(slot)]?.trim());
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const part = { type: "template" as const, name: template.name, language: template.language, values: valuesOf(template, given) };
    const sent = await send(() =>
      unwrap(
        api.POST("/api/v1/tenants/{tenant}/conversations/{conversation}/messages", {
          params: { path: { tenant, conversation: item.id }, header: once(key) },
          body: { name: me.person.name, parts: [part] },
        }),
      ),
    );
    void look(client, tenant, item.id);
    if (sent === undefined) return;
    told(t("template.sent", { name: template.name }));
    close();
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="sm">
        <FormProblem>{refused}</FormProblem>
        <div className={css["previewText"]} aria-label={t("template.preview")} role="group" dir="auto">
          {template.header && <strong>{filled(template.header, "header", template, given)}</strong>}
          <span>{filled(template.text, "body", template, given)}</span>
          {template.footer && <span className={css["hint"]}>{template.footer}</span>}
          {template.buttons.map((button) => (
            <span key={button} className={css["hint"]}>
              [{button}]
            </span>
          ))}
        </div>
        {template.slots.map((slot, n) => (
          <TextInput
            key={nameOf(slot)}
            label={t(slot.place === "body" ? "template.value" : slot.place === "header" ? "template.header" : "template.button", { name: slot.name })}
            placeholder={slot.example ?? (slot.kind === "text" ? "" : slot.kind)}
            dir="auto"
            data-autofocus={n === 0 || undefined}
            value={given[nameOf(slot)] ?? ""}
            onChange={(event) => setGiven({ ...given, [nameOf(slot)]: event.currentTarget.value })}
          />
        ))}
        <Group justify="space-between">
          <Button variant="default" onClick={back}>
            {t("template.another")}
          </Button>
          <Button type="submit" loading={busy} disabled={!whole}>
            {t("compose.send")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The template's words with what was filled in; what is missing stays as it was written. */
function filled(words: string, place: string, template: Template, given: Record<string, string>): string {
  const slots = template.slots.filter((slot) => slot.place === place && slot.kind === "text");
  return slots.reduce((text, slot) => text.replaceAll(`{{${slot.name}}}`, given[nameOf(slot)]?.trim() || `{{${slot.name}}}`), words);
}

/** As the hub takes them: the body's by number or name, the header's whole, the buttons' by index. */
function valuesOf(template: Template, given: Record<string, string>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const buttons: Record<string, Record<string, string>> = {};
  for (const slot of template.slots) {
    const value = given[nameOf(slot)]?.trim() ?? "";
    if (slot.place === "body") values[slot.name] = value;
    else if (slot.place === "header") values["header"] = slot.kind === "text" ? value : { [slot.kind]: { link: value } };
    else buttons[slot.name] = { [slot.kind]: value };
  }
  return Object.keys(buttons).length > 0 ? { ...values, buttons } : values;
}
