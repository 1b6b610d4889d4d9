import { Button, Group, Modal, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { FormProblem } from "../ui/FormProblem";
import { useSend } from "../ui/useSend";

type Tenant = Schemas["TenantView"];
const KEY = ["organisations"] as const;

/** Who owns companies. */
export function useOrganisations() {
  return useQuery({ queryKey: KEY, queryFn: () => unwrap(api.GET("/api/v1/organisations", { params: { query: { limit: 200 } } })) });
}

/** Hands a company to another organisation, new or known: an act of its own, asked for by the company's short name. */
export function HandOver({ tenant, close }: { tenant: Tenant; close: () => void }) {
  const t = useWords();
  const act = useAct(["tenants"], KEY);
  const client = useQueryClient();
  const organisations = (useOrganisations().data?.items ?? []).filter(({ id }) => id !== tenant.organisation_id);
  const [to, setTo] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [keep, setKeep] = useState(false);
  const [confirm, setConfirm] = useState("");
  const { busy, refused, wrong, send } = useSend<unknown>(["organisation_id", "name", "confirm"]);
  const add = async () => {
    const made = await send(() => unwrap(api.POST("/api/v1/organisations", { params: { header: once() }, body: { name: name.trim() } })));
    if (!made) return;
    await client.invalidateQueries({ queryKey: KEY });
    setTo((made as Schemas["OrganisationView"]).id);
    setName("");
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { organisation_id: to, keep_people: keep, confirm };
    if (!(await send(() => unwrap(api.POST("/api/v1/tenants/{tenant}/hand-over", { params: { path: { tenant: tenant.id }, header: once() }, body }))))) return;
    await act(async () => {}, t("tenants.handedOver", { name: tenant.name }));
    close();
  };
  return (
    <Modal opened onClose={close} title={t("tenants.handOverOf", { name: tenant.name })} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <p>{t("tenants.handOverText")}</p>
          <FormProblem>{refused}</FormProblem>
          <Select label={t("tenants.organisation")} data={organisations.map((one) => ({ value: one.id, label: one.name }))} value={to} onChange={setTo} error={wrong["organisation_id"]} searchable />
          <Group gap="xs" align="end" wrap="nowrap">
            <TextInput flex={1} label={t("tenants.newOrganisation")} maxLength={200} value={name} error={wrong["name"]} onChange={(event) => setName(event.currentTarget.value)} />
            <Button variant="default" disabled={name.trim() === ""} onClick={() => void add()}>
              {t("tenants.makeOrganisation")}
            </Button>
          </Group>
          <Switch label={t("tenants.keepPeople")} description={t("tenants.keepPeopleText")} checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} />
          <TextInput label={t("tenants.typeSlug", { name: tenant.slug })} autoComplete="off" value={confirm} error={wrong["confirm"]} onChange={(event) => setConfirm(event.currentTarget.value)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t("act.cancel")}
            </Button>
            <Button type="submit" color="red" loading={busy} disabled={to === null || confirm !== tenant.slug}>
              {t("tenants.handOver")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
