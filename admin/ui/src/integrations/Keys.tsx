import { Button, Checkbox, Group, Modal, Select, Stack, Table, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { Chip } from "../owner/Chip";
import { CopyField } from "../owner/CopyField";
import { Guard } from "../owner/Guard";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { Ago } from "../ui/Ago";
import { Confirm } from "../ui/Confirm";
import { FormProblem } from "../ui/FormProblem";
import { IconPlus } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Rows } from "../ui/Rows";
import { useSend } from "../ui/useSend";

type Key = Schemas["KeyView"];
type Scope = Schemas["Scope"];

const SCOPES: Scope[] = [
  "chat",
  "conversations:read",
  "conversations:write",
  "knowledge:read",
  "knowledge:write",
  "channels:read",
  "channels:write",
  "events:read",
  "events:write",
  "reports:read",
  "members:read",
  "members:write",
  "tenant:read",
  "tenant:write",
  "audit:read",
  "keys:write",
];
const DAYS = ["30", "90", "365"] as const;

/** The keys programs use instead of a person's sign-in. */
export function Keys() {
  const t = useWords();
  return (
    <Guard needs="keys:write" title={t("keysPage.title")}>
      <List />
    </Guard>
  );
}

function List() {
  const t = useWords();
  const { tenant } = useHere();
  const key = ["api-keys", tenant];
  const act = useAct(key);
  const [making, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<Key | null>(null);
  const pages = usePages(key, (cursor) => unwrap(api.GET("/api/v1/tenants/{tenant}/api-keys", { params: { path: { tenant }, query: part(cursor) } })));
  const make = (
    <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setMaking(true)}>
      {t("keysPage.make")}
    </Button>
  );
  return (
    <Page title={t("keysPage.title")} wide action={pages.items?.length ? make : undefined}>
      <p>{t("keysPage.text")}</p>
      <Listed
        pages={pages}
        empty={
          <Notice tone="empty" title={t("keysPage.none")} action={make}>
            {t("keysPage.noneText")}
          </Notice>
        }
      >
        {(items) => (
          <Rows minWidth={640} columns={[t("own.name"), t("keysPage.scopes"), t("keysPage.made"), t("own.state"), { acts: t("own.actions") }]}>
            {items.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <bdi>{one.name}</bdi>
                  <span className={owner["sub"]} dir="ltr">
                    … {one.last4}
                  </span>
                </Table.Td>
                <Table.Td>{one.scopes.join(", ")}</Table.Td>
                <Table.Td>
                  <Ago at={one.created_at} />
                </Table.Td>
                <Table.Td>
                  <KeyState one={one} />
                </Table.Td>
                <Table.Td>
                  {!one.revoked_at && (
                    <Button size="compact-sm" variant="subtle" color="red" onClick={() => setRevoked(one)} aria-label={`${t("keysPage.revoke")}: ${one.name}`}>
                      {t("keysPage.revoke")}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        )}
      </Listed>
      {making && <NewKey close={() => setMaking(false)} />}
      {revoked && (
        <Confirm
          title={t("keysPage.revokeAsk", { name: revoked.name })}
          text={t("keysPage.revokeText")}
          act={t("keysPage.revoke")}
          close={() => setRevoked(null)}
          run={async () =>
            void (await act(
              () => unwrap(api.DELETE("/api/v1/tenants/{tenant}/api-keys/{key}", { params: { path: { tenant, key: revoked.id } } })),
              t("keysPage.revoked", { name: revoked.name }),
            ))
          }
        />
      )}
    </Page>
  );
}

function KeyState({ one }: { one: Key }) {
  const t = useWords();
  if (one.revoked_at) return <Chip mood="off">{t("keysPage.isRevoked")}</Chip>;
  if (!one.expires_at) return <Chip mood="good">{t("keysPage.works")}</Chip>;
  const over = Date.parse(one.expires_at) < Date.now();
  return (
    <>
      <Chip mood={over ? "bad" : "good"}>{t(over ? "keysPage.over" : "keysPage.works")}</Chip>
      <time className={owner["sub"]} dateTime={one.expires_at}>
        {t("keysPage.until", { date: new Date(one.expires_at).toLocaleDateString() })}
      </time>
    </>
  );
}

function NewKey({ close }: { close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(["api-keys", tenant]);
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(["chat"]);
  const [days, setDays] = useState("");
  const [issued, setIssued] = useState<string | null>(null);
  const { busy, refused, wrong, send } = useSend<Schemas["IssuedKeyView"]>(["name", "scopes", "expires_at"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const ends = days ? { expires_at: new Date(Date.now() + Number(days) * 86_400_000).toISOString() } : {};
    const made = await send(() =>
      unwrap(
        api.POST("/api/v1/tenants/{tenant}/api-keys", {
          params: { path: { tenant }, header: once() },
          body: { name: name.trim(), scopes: scopes as Scope[], ...ends },
        }),
      ),
    );
    if (!made) return;
    setIssued(made.key);
    await act(async () => {});
  };
  return (
    <Modal opened onClose={close} size="lg" closeOnClickOutside={issued === null} title={t("keysPage.make")} closeButtonProps={{ "aria-label": t("act.close") }}>
      {issued ? (
        <>
          <p>{t("keysPage.once")}</p>
          <CopyField label={t("keysPage.key")} value={issued} />
          <CopyField label={t("keysPage.try")} value={`curl -H "Authorization: Bearer ${issued}" ${location.origin}/api/v1/tenants/${tenant}`} />
          <Group justify="flex-end">
            <Button onClick={close}>{t("own.done")}</Button>
          </Group>
        </>
      ) : (
        <form onSubmit={(event) => void submit(event)} noValidate>
          <Stack gap="md">
            <FormProblem>{refused}</FormProblem>
            <TextInput
              label={t("own.name")}
              description={t("keysPage.nameText")}
              required
              data-autofocus
              maxLength={200}
              value={name}
              error={wrong["name"]}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Checkbox.Group label={t("keysPage.scopes")} description={t("keysPage.scopesText")} value={scopes} onChange={setScopes} error={wrong["scopes"]}>
              <div className={owner["choices"]}>
                {SCOPES.map((scope) => (
                  <Checkbox key={scope} value={scope} label={scope} description={t(`keysPage.${scope.replace(":", "_")}` as "keysPage.chat")} />
                ))}
              </div>
            </Checkbox.Group>
            <Select
              label={t("keysPage.ends")}
              data={[{ value: "", label: t("keysPage.forever") }, ...DAYS.map((value) => ({ value, label: t("keysPage.days", { n: Number(value) }) }))]}
              value={days}
              onChange={(value) => setDays(value ?? "")}
            />
            <Button type="submit" loading={busy} disabled={name.trim() === "" || scopes.length === 0}>
              {t("keysPage.make")}
            </Button>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
