import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { FormProblem } from "../ui/FormProblem";
import { Section } from "../ui/Page";
import { useSend } from "../ui/useSend";
import { CredentialFields } from "./CredentialFields";
import { at, channelsKey, type Channel } from "./data";
import { credentialsOf, kindOf } from "./kinds";

/** Renames a channel, or gives it new credentials. The old ones are never shown. */
export function ChangeChannel({ channel }: { channel: Channel }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(channelsKey(tenant));
  const kind = kindOf(channel.kind);
  const [name, setName] = useState(channel.name);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const paths = kind?.fields.map((field) => `credentials.${field.name}`) ?? [];
  const { busy, refused, wrong, send, forget } = useSend<unknown>(["name", ...paths]);
  const given = kind ? credentialsOf(kind, typed) : {};
  const renewed = Object.keys(given).length > 0;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { name: name.trim(), ...(renewed ? { credentials: given } : {}) };
    const change = () => unwrap(api.PATCH("/api/v1/tenants/{tenant}/channels/{channel}", { ...at(tenant, channel.id), body }));
    const saved = await send(change);
    if (!saved) return;
    setTyped({});
    await act(async () => {}, t("own.changed"));
  };
  return (
    <Section title={t("channels.change")}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <TextInput label={t("own.name")} required maxLength={200} value={name} error={wrong["name"]} onChange={(event) => setName(event.currentTarget.value)} />
          {kind && <p>{t("channels.renewText")}</p>}
          {kind && (
            <CredentialFields
              fields={kind.fields.map((field) => ({ ...field, optional: true }))}
              typed={typed}
              wrong={wrong}
              change={(field, value) => {
                setTyped((before) => ({ ...before, [field]: value }));
                forget(`credentials.${field}`);
              }}
            />
          )}
          <Group justify="flex-end">
            <Button type="submit" loading={busy} disabled={name.trim() === "" || (name.trim() === channel.name && !renewed)}>
              {t("act.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
