import { Button, Modal, NumberInput, Radio, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { Loaded } from "../owner/Loaded";
import { FormProblem } from "../ui/FormProblem";
import { useSend } from "../ui/useSend";

type Tenant = Schemas["TenantView"];

/** Puts a company on another plan, or gives it a number of calls of its own. */
export function PlanForm({ tenant, close }: { tenant: Tenant; close: () => void }) {
  const t = useWords();
  const act = useAct(["tenants"], ["calls"]);
  const [plan, setPlan] = useState(tenant.plan);
  const [own, setOwn] = useState<number | string>(tenant.hourly_limit ?? "");
  const { busy, refused, wrong, send } = useSend<Tenant>(["plan", "hourly_limit"]);
  const query = useQuery({ queryKey: ["plans"], queryFn: () => unwrap(api.GET("/api/v1/plans")) });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { plan, hourly_limit: own === "" ? null : Number(own) };
    if (!(await send(() => unwrap(api.PUT("/api/v1/tenants/{tenant}/plan", { params: { path: { tenant: tenant.id } }, body }))))) return;
    await act(async () => {}, t("own.changed"));
    close();
  };
  return (
    <Modal opened onClose={close} title={t("tenants.planOf", { name: tenant.name })} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <Loaded query={query} shape="fields" n={2}>
            {({ items }) => (
              <Radio.Group label={t("tenants.plan")} description={t("tenants.planText")} value={plan} onChange={setPlan} error={wrong["plan"]}>
                <Stack gap="xs" mt="xs">
                  {items.map((one) => (
                    <Radio
                      key={one.name}
                      value={one.name}
                      label={one.name === "open" ? t("tenants.planOpen") : one.name}
                      description={
                        one.calls_per_hour === null ? t("tenants.noLimit") : t(one.overage ? "tenants.limitCounted" : "tenants.limitRefused", { n: one.calls_per_hour })
                      }
                    />
                  ))}
                </Stack>
              </Radio.Group>
            )}
          </Loaded>
          <NumberInput
            label={`${t("tenants.ownLimit")} (${t("own.optional")})`}
            description={t("tenants.ownLimitText")}
            min={1}
            max={100_000}
            allowDecimal={false}
            value={own}
            onChange={setOwn}
            error={wrong["hourly_limit"]}
          />
          <Button type="submit" loading={busy}>
            {t("act.save")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
