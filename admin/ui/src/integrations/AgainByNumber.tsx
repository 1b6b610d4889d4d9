import { Button, Modal, NumberInput, Stack } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { FormProblem } from "../ui/FormProblem";
import { told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import { hooksKey, type Hook } from "./hooks";

/** Sends a range of events to an endpoint again, by their numbers. */
export function AgainByNumber({ hook, close }: { hook: Hook; close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(hooksKey(tenant));
  const [first, setFirst] = useState<number | string>("");
  const [last, setLast] = useState<number | string>("");
  const { busy, refused, wrong, send } = useSend<number>(["first", "last"]);
  const all = async () => {
    let n = 0;
    for (let from: number | null = Number(first); from !== null; ) {
      const body: { first: number; last?: number } = { first: from, ...(last === "" ? {} : { last: Number(last) }) };
      const part: { replayed: number; next: number | null } = await unwrap(
        api.POST("/api/v1/tenants/{tenant}/webhooks/{webhook}/replay", { params: { path: { tenant, webhook: hook.id }, header: once() }, body }),
      );
      n += part.replayed;
      from = part.next !== null && (last === "" || part.next <= Number(last)) ? part.next : null;
    }
    return n;
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const n = await send(all);
    if (n === undefined) return;
    await act(async () => {});
    told(t("hooks.rangeReplayed", { n }));
    close();
  };
  return (
    <Modal opened onClose={close} title={t("hooks.range")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <p>{t("hooks.rangeText")}</p>
          <FormProblem>{refused}</FormProblem>
          <NumberInput label={t("hooks.firstNumber")} min={0} allowDecimal={false} required data-autofocus value={first} error={wrong["first"]} onChange={setFirst} />
          <NumberInput label={t("hooks.lastNumber")} description={t("hooks.lastText")} min={0} allowDecimal={false} value={last} error={wrong["last"]} onChange={setLast} />
          <Button type="submit" loading={busy} disabled={first === "" || (last !== "" && Number(last) < Number(first))}>
            {t("hooks.replay")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
