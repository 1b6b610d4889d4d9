import { Button, Modal, NumberInput, Select, Stack } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { FormProblem } from "../ui/FormProblem";
import { useSend } from "../ui/useSend";
import { budgetsKey, type Budget } from "./Usage";

const SCOPES = ["tenant", "channel", "conversation", "contact"] as const;

/** Adds a bound to what models may cost, or moves one. */
export function BudgetForm({ budget, close }: { budget: Budget | null; close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(budgetsKey(tenant));
  const [scope, setScope] = useState<(typeof SCOPES)[number]>("tenant");
  const [period, setPeriod] = useState<"day" | "month">("month");
  const [unit, setUnit] = useState<"usd" | "tokens">("usd");
  const [amount, setAmount] = useState<number | string>(budget ? Number(budget.amount) : "");
  const { busy, refused, wrong, send } = useSend<unknown>(["amount", "scope", "period", "unit"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const saved = await send(() =>
      budget
        ? unwrap(api.PATCH("/api/v1/tenants/{tenant}/budgets/{budget}", { params: { path: { tenant, budget: budget.id } }, body: { amount: String(amount) } }))
        : unwrap(api.POST("/api/v1/tenants/{tenant}/budgets", { params: { path: { tenant }, header: once() }, body: { scope, period, unit, amount: String(amount) } })),
    );
    if (!saved) return;
    await act(async () => {}, t("own.changed"));
    close();
  };
  return (
    <Modal opened onClose={close} title={t(budget ? "people.edit" : "usage.addBudget")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          {!budget && (
            <>
              <Select label={t("usage.scope")} data={SCOPES.map((value) => ({ value, label: t(`usage.scope_${value}`) }))} value={scope} onChange={(value) => setScope(value as typeof scope)} />
              <Select label={t("usage.period")} data={(["day", "month"] as const).map((value) => ({ value, label: t(`usage.period_${value}`) }))} value={period} onChange={(value) => setPeriod(value as typeof period)} />
              <Select label={t("usage.unit")} data={(["usd", "tokens"] as const).map((value) => ({ value, label: t(`usage.unit_${value}`) }))} value={unit} onChange={(value) => setUnit(value as typeof unit)} />
            </>
          )}
          <NumberInput label={t("usage.amount")} min={0} required value={amount} onChange={setAmount} error={wrong["amount"]} />
          <Button type="submit" loading={busy} disabled={amount === "" || Number(amount) <= 0}>
            {t("act.save")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
