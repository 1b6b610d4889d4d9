import { ActionIcon, Button, Group, Menu, Modal, Stack, Table, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { PLATFORM, useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { Chip } from "../owner/Chip";
import { Guard } from "../owner/Guard";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { Ago } from "../ui/Ago";
import { Confirm } from "../ui/Confirm";
import { FormProblem } from "../ui/FormProblem";
import { IconDots, IconPlus } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Rows } from "../ui/Rows";
import { useSend } from "../ui/useSend";
import { HandOver, useOrganisations } from "./HandOver";
import { PlanForm } from "./PlanForm";
import { slugOf } from "./slug";

type Tenant = Schemas["TenantView"];
const KEY = ["tenants", "all"] as const;

/** Every company on this hub: made, renamed, switched off and deleted by those who run it. */
export function Tenants() {
  const t = useWords();
  return (
    <Guard needs={PLATFORM} title={t("tenants.title")}>
      <List />
    </Guard>
  );
}

function List() {
  const t = useWords();
  const { tenant: here } = useHere();
  const act = useAct(["tenants"]);
  const [edited, setEdited] = useState<Tenant | "new" | null>(null);
  const [asked, setAsked] = useState<{ act: "off" | "delete" | "plan" | "handOver"; tenant: Tenant } | null>(null);
  const pages = usePages(KEY, (cursor) => unwrap(api.GET("/api/v1/tenants", { params: { query: part(cursor) } })));
  const owners = new Map((useOrganisations().data?.items ?? []).map(({ id, name }) => [id, name]));
  const path = (tenant: string) => ({ params: { path: { tenant } } });
  const switchTo = (one: Tenant, enabled: boolean) =>
    act(() => unwrap(api.PATCH("/api/v1/tenants/{tenant}", { ...path(one.id), body: { enabled } })), t(enabled ? "tenants.switchedOn" : "tenants.switchedOff", { name: one.name }));
  const remove = (one: Tenant) => act(() => unwrap(api.DELETE("/api/v1/tenants/{tenant}", path(one.id))), t("tenants.deleted", { name: one.name }));
  return (
    <Page
      title={t("tenants.title")}
      wide
      action={
        <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setEdited("new")}>
          {t("tenants.add")}
        </Button>
      }
    >
      <Listed pages={pages} empty={<Notice tone="empty" title={t("tenants.none")} />}>
        {(items) => (
          <Rows minWidth={820} columns={[t("own.name"), t("own.state"), t("tenants.organisation"), t("tenants.plan"), t("tenants.since"), { acts: t("own.actions") }]}>
            {items.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Link to="/$tenant/overview" params={{ tenant: one.slug }}>
                    <bdi>{one.name}</bdi>
                  </Link>
                  <span className={owner["sub"]} dir="ltr">
                    {one.slug}
                  </span>
                </Table.Td>
                <Table.Td>
                  <Chip mood={one.enabled ? "good" : "off"}>{t(one.enabled ? "own.on" : "own.off")}</Chip>
                </Table.Td>
                <Table.Td>
                  <bdi>{owners.get(one.organisation_id ?? "") ?? "–"}</bdi>
                </Table.Td>
                <Table.Td>
                  <bdi>{one.plan === "open" ? t("tenants.planOpen") : one.plan}</bdi>
                  {one.hourly_limit !== null && <span className={owner["sub"]}>{t("tenants.ownCalls", { n: one.hourly_limit })}</span>}
                </Table.Td>
                <Table.Td>
                  <Ago at={one.created_at} />
                </Table.Td>
                <Table.Td>
                  <Group gap="xs" justify="flex-end" wrap="nowrap">
                    <Menu position="bottom-end">
                      <Menu.Target>
                        <ActionIcon variant="subtle" color="gray" aria-label={t("tenants.more", { name: one.name })}>
                          <IconDots size={18} />
                        </ActionIcon>
                      </Menu.Target>
                      <Menu.Dropdown>
                        <Menu.Item onClick={() => setEdited(one)}>{t("tenants.rename")}</Menu.Item>
                        <Menu.Item onClick={() => setAsked({ act: "plan", tenant: one })}>{t("tenants.changePlan")}</Menu.Item>
                        <Menu.Item onClick={() => setAsked({ act: "handOver", tenant: one })}>{t("tenants.handOver")}</Menu.Item>
                      </Menu.Dropdown>
                    </Menu>
                    <Button
                      size="compact-sm"
                      variant="default"
                      onClick={() => (one.enabled ? setAsked({ act: "off", tenant: one }) : void switchTo(one, true))}
                      aria-label={`${t(one.enabled ? "tenants.switchOff" : "tenants.switchOn")}: ${one.name}`}
                    >
                      {t(one.enabled ? "tenants.switchOff" : "tenants.switchOn")}
                    </Button>
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      color="red"
                      disabled={one.id === here}
                      onClick={() => setAsked({ act: "delete", tenant: one })}
                      aria-label={`${t("own.delete")}: ${one.name}`}
                    >
                      {t("own.delete")}
                    </Button>
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        )}
      </Listed>
      {edited && <TenantForm tenant={edited === "new" ? null : edited} close={() => setEdited(null)} />}
      {asked?.act === "plan" && <PlanForm tenant={asked.tenant} close={() => setAsked(null)} />}
      {asked?.act === "handOver" && <HandOver tenant={asked.tenant} close={() => setAsked(null)} />}
      {asked?.act === "off" && (
        <Confirm
          title={t("tenants.offAsk", { name: asked.tenant.name })}
          text={t("tenants.offText")}
          act={t("tenants.switchOff")}
          close={() => setAsked(null)}
          run={async () => void (await switchTo(asked.tenant, false))}
        />
      )}
      {asked?.act === "delete" && (
        <Confirm
          title={t("tenants.deleteAsk", { name: asked.tenant.name })}
          text={t("tenants.deleteText", { name: asked.tenant.slug })}
          typed={asked.tenant.slug}
          act={t("own.delete")}
          close={() => setAsked(null)}
          run={async () => void (await remove(asked.tenant))}
        />
      )}
    </Page>
  );
}

function TenantForm({ tenant, close }: { tenant: Tenant | null; close: () => void }) {
  const t = useWords();
  const act = useAct(["tenants"]);
  const [name, setName] = useState(tenant?.name ?? "");
  const [slug, setSlug] = useState(tenant?.slug ?? "");
  const [touched, setTouched] = useState(tenant !== null);
  const { busy, refused, wrong, send, forget } = useSend<Tenant>(["name", "slug"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const saved = await send(() =>
      tenant
        ? unwrap(api.PATCH("/api/v1/tenants/{tenant}", { params: { path: { tenant: tenant.id } }, body: { name: name.trim() } }))
        : unwrap(api.POST("/api/v1/tenants", { params: { header: once() }, body: { name: name.trim(), slug } })),
    );
    if (!saved) return;
    await act(async () => {}, t(tenant ? "own.changed" : "tenants.made", { name: saved.name }));
    close();
  };
  return (
    <Modal opened onClose={close} title={t(tenant ? "tenants.rename" : "tenants.add")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <TextInput
            label={t("own.name")}
            required
            data-autofocus
            maxLength={200}
            value={name}
            error={wrong["name"]}
            onChange={(event) => {
              const typed = event.currentTarget.value;
              setName(typed);
              forget("name");
              if (!touched) setSlug(slugOf(typed));
            }}
          />
          {!tenant && (
            <TextInput
              label={t("tenants.slug")}
              description={t("tenants.slugText")}
              required
              maxLength={63}
              value={slug}
              error={wrong["slug"]}
              onChange={(event) => {
                setTouched(true);
                setSlug(event.currentTarget.value);
                forget("slug");
              }}
            />
          )}
          <Button type="submit" loading={busy} disabled={name.trim() === "" || slug === ""}>
            {t("act.save")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
