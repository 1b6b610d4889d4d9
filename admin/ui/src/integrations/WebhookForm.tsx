import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { CopyField } from "../owner/CopyField";
import owner from "../owner/owner.module.css";
import { FormProblem } from "../ui/FormProblem";
import { useSend } from "../ui/useSend";
import { EVENTS, hooksKey, type Hook } from "./hooks";

/** Adds an endpoint, whose secret is shown once, or changes one. */
export function WebhookForm({ hook, close }: { hook: Hook | null; close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(hooksKey(tenant));
  const [url, setUrl] = useState(hook?.url ?? "");
  const [description, setDescription] = useState(hook?.description ?? "");
  const [every, setEvery] = useState(hook === null || hook.types.length === 0);
  const [types, setTypes] = useState<string[]>(hook?.types ?? []);
  const [secret, setSecret] = useState<string | null>(null);
  const { busy, refused, wrong, send, forget } = useSend<Hook & { secret?: string }>(["url", "description", "types"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { url: url.trim(), description: description.trim(), types: every ? [] : (types as Schemas["HubEvent"][]) };
    const saved = await send(() =>
      hook
        ? unwrap(api.PATCH("/api/v1/tenants/{tenant}/webhooks/{webhook}", { params: { path: { tenant, webhook: hook.id } }, body }))
        : unwrap(api.POST("/api/v1/tenants/{tenant}/webhooks", { params: { path: { tenant }, header: once() }, body })),
    );
    if (!saved) return;
    await act(async () => {}, t("hooks.saved"));
    if (saved.secret) setSecret(saved.secret);
    else close();
  };
  return (
    <Modal opened onClose={close} size="lg" closeOnClickOutside={secret === null} title={t(hook ? "hooks.change" : "hooks.add")} closeButtonProps={{ "aria-label": t("act.close") }}>
      {secret ? (
        <>
          <p>{t("hooks.secretText")}</p>
          <CopyField label={t("hooks.secret")} value={secret} />
          <Group justify="flex-end">
            <Button onClick={close}>{t("own.done")}</Button>
          </Group>
        </>
      ) : (
        <form onSubmit={(event) => void submit(event)} noValidate>
          <Stack gap="md">
            <FormProblem>{refused}</FormProblem>
            <TextInput
              label={t("hooks.url")}
              description={t("hooks.urlText")}
              placeholder="https://hooks.example.com/switchboard"
              type="url"
              required
              data-autofocus
              value={url}
              error={wrong["url"]}
              onChange={(event) => {
                setUrl(event.currentTarget.value);
                forget("url");
              }}
            />
            <TextInput
              label={`${t("own.name")} (${t("own.optional")})`}
              placeholder="CRM"
              maxLength={500}
              value={description}
              error={wrong["description"]}
              onChange={(event) => setDescription(event.currentTarget.value)}
            />
            <Checkbox label={t("hooks.every")} checked={every} onChange={(event) => setEvery(event.currentTarget.checked)} />
            {!every && (
              <Checkbox.Group label={t("hooks.types")} value={types} onChange={setTypes} error={wrong["types"]}>
                <div className={owner["choices"]}>
                  {EVENTS.map((type) => (
                    <Checkbox key={type} value={type} label={type} />
                  ))}
                </div>
              </Checkbox.Group>
            )}
            <Button type="submit" loading={busy} disabled={url.trim() === "" || (!every && types.length === 0)}>
              {t("act.save")}
            </Button>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
