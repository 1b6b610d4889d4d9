import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { Guard } from "../owner/Guard";
import css from "../owner/owner.module.css";
import { FormProblem } from "../ui/FormProblem";
import { IconArrowLeft } from "../ui/icons";
import { Page, Section } from "../ui/Page";
import { told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import { CredentialFields } from "./CredentialFields";
import { channelsKey, type Channel } from "./data";
import { Drawing } from "./Drawing";
import { credentialsOf, KINDS, kindOf, madeUp, type Kind } from "./kinds";

/** Connects a channel: first which kind, then, step by step, what its platform must give. */
export function Connect() {
  const t = useWords();
  const { kind: id } = useParams({ strict: false }) as { kind?: string };
  const kind = id ? kindOf(id) : undefined;
  return (
    <Guard needs="channels:write" title={t("channels.connect")}>
      {kind ? <Form key={kind.id} kind={kind} /> : <Choice />}
    </Guard>
  );
}

function Choice() {
  const t = useWords();
  const { slug } = useHere();
  return (
    <Page title={t("channels.connect")}>
      <Back to={`/${slug}/channels`} />
      <p>{t("channels.choose")}</p>
      <ul className={css["list"]}>
        {KINDS.map(({ id, icon: Icon, label, text }) => (
          <li key={id}>
            <Link to="/$tenant/channels/new/$kind" params={{ tenant: slug, kind: id }} className={css["card"]}>
              <Icon size={24} stroke={1.5} aria-hidden />
              <span className={css["grow"]}>
                <strong>{t(label)}</strong>
                <span className={css["sub"]}>{t(text)}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Page>
  );
}

export function Back({ to }: { to: string }) {
  const t = useWords();
  return (
    <Link to={to} className={css["back"]}>
      <IconArrowLeft size={16} aria-hidden className="mirrored" />
      {t("own.back")}
    </Link>
  );
}

function Form({ kind }: { kind: Kind }) {
  const t = useWords();
  const { tenant, slug } = useHere();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [typed, setTyped] = useState<Record<string, string>>(() =>
    Object.fromEntries(kind.fields.filter(({ made, optional }) => made && !optional).map((field) => [field.name, madeUp()])),
  );
  const paths = kind.fields.map((field) => `credentials.${field.name}`);
  const { busy, refused, wrong, send, forget } = useSend<Channel>(["name", ...paths]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const made = await send(() =>
      unwrap(
        api.POST("/api/v1/tenants/{tenant}/channels", {
          params: { path: { tenant }, header: once() },
          body: { kind: kind.id, name: name.trim() || t(kind.label), credentials: credentialsOf(kind, typed) },
        }),
      ),
    );
    if (!made) return;
    await client.invalidateQueries({ queryKey: channelsKey(tenant) });
    // Only now, and only in this browser, is the verify token still known: the next page shows it to be pasted.
    const token = typed["verify_token"];
    if (token) sessionStorage.setItem(`switchboard.verify.${made.id}`, token);
    told(t("channels.connected", { name: made.name }));
    await navigate({ to: `/${slug}/channels/${made.id}`, hash: "connect" });
  };
  const missing = kind.fields.some((field) => !field.optional && !(typed[field.name] ?? "").trim());
  return (
    <Page title={t("channels.connectKind", { kind: t(kind.label) })}>
      <Back to={`/${slug}/channels/new`} />
      {kind.before.length > 0 && (
        <Section title={t("channels.first")}>
          <Drawing kind={kind.id} />
          <ol className={css["steps"]}>
            {kind.before.map((key) => (
              <li key={key}>{t(key)}</li>
            ))}
          </ol>
        </Section>
      )}
      <Section title={t(kind.before.length > 0 ? "channels.then" : "channels.where")}>
        <form onSubmit={(event) => void submit(event)} noValidate>
          <Stack gap="md">
            <FormProblem>{refused}</FormProblem>
            <TextInput
              label={`${t("own.name")} (${t("own.optional")})`}
              description={t("channels.nameText")}
              placeholder={t(kind.label)}
              maxLength={200}
              value={name}
              error={wrong["name"]}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <CredentialFields
              fields={kind.fields}
              typed={typed}
              wrong={wrong}
              change={(field, value) => {
                setTyped((before) => ({ ...before, [field]: value }));
                forget(`credentials.${field}`);
              }}
            />
            <p className={css["sub"]}>{t("channels.sealed")}</p>
            <Group justify="flex-end">
              <Button type="submit" loading={busy} disabled={missing}>
                {t("channels.connectDo")}
              </Button>
            </Group>
          </Stack>
        </form>
      </Section>
    </Page>
  );
}
