import { Button, Modal, NumberInput, Select, Stack } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import owner from "../owner/owner.module.css";
import { FormProblem } from "../ui/FormProblem";
import { useSend } from "../ui/useSend";
import { contestKey, useContest, type Contest } from "./contest";

interface Props {
  /** What is tried; without an id the version in use, by another model. */
  version: { id: string | null; version: number };
  model?: string | null;
  /** The models to choose from, where one is to be tried. */
  models?: string[];
  close: (begun: boolean) => void;
}

/** Has a version answer some of the conversations, or another share of them. */
export function ContestForm({ version, model: given = null, models = [], close }: Props) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(contestKey(tenant));
  const running = useContest().data;
  const [model, setModel] = useState(given ?? models[0] ?? null);
  const same = running?.share != null && running.prompt_id === version.id && running.model === model;
  const [share, setShare] = useState<number | string>(same ? (running.share ?? 50) : 50);
  const { busy, refused, wrong, send } = useSend<Contest>(["share", "model"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { prompt_id: version.id, model, share: Number(share) };
    if (!(await send(() => unwrap(api.PUT("/api/v1/tenants/{tenant}/prompts/contest", { params: { path: { tenant } }, body }))))) return;
    await act(async () => {}, version.id ? t("contest.begun", { n: version.version }) : t("contest.begunModel", { model: model ?? "" }));
    close(true);
  };
  return (
    <Modal opened onClose={() => close(false)} title={version.id ? t("contest.try", { n: version.version }) : t(models.length ? "contest.tryModel" : "contest.change")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          {models.length > 0 && <Select label={t("system.model")} data={models} value={model} allowDeselect={false} error={wrong["model"]} onChange={setModel} />}
          <NumberInput label={t("contest.share")} description={t("contest.shareText")} min={1} max={99} clampBehavior="strict" allowDecimal={false} data-autofocus value={share} error={wrong["share"]} onChange={setShare} />
          {running?.share != null && <p className={owner["sub"]}>{same ? t("contest.anew") : t("contest.instead")}</p>}
          <Button type="submit" loading={busy} disabled={share === "" || Number(share) < 1}>
            {t(same ? "contest.change" : "contest.begin")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
