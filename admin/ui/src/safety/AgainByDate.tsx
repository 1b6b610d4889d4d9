import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import owner from "../owner/owner.module.css";
import { told } from "../ui/toast";

const DAY = 86_400_000;

/** From a moment on, up to another without it; left out where there is no bound. */
export interface Dates {
  from?: string;
  to?: string;
}
interface Props {
  title: string;
  text: string;
  keys: readonly (readonly unknown[])[];
  /** Does so many at once as the hub takes: how many, and whether there are more. */
  run: (dates: Dates) => Promise<{ replayed: number; more: boolean }>;
  close: () => void;
}

/** Tries again all that was given up, or what of it came on some days. */
export function AgainByDate({ title, text, keys, run, close }: Props) {
  const t = useWords();
  const act = useAct(...keys);
  const [first, setFirst] = useState("");
  const [last, setLast] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const dates: Dates = {
      ...(first ? { from: `${first}T00:00:00Z` } : {}),
      ...(last ? { to: new Date(Date.parse(last) + DAY).toISOString() } : {}),
    };
    let n = 0;
    const done = await act(async () => {
      for (let more = true; more; ) {
        const part = await run(dates);
        n += part.replayed;
        more = part.more && part.replayed > 0;
      }
    });
    setBusy(false);
    if (!done) return;
    told(t("ledger.again", { n }));
    close();
  };
  return (
    <Modal opened onClose={close} title={title} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)}>
        <p>{text}</p>
        <div className={owner["filters"]}>
          <TextInput type="date" label={t("insight.from")} value={first} max={last || undefined} onChange={(event) => setFirst(event.currentTarget.value)} data-autofocus />
          <TextInput type="date" label={t("insight.to")} value={last} min={first || undefined} onChange={(event) => setLast(event.currentTarget.value)} />
        </div>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>
            {t("act.cancel")}
          </Button>
          <Button type="submit" loading={busy} disabled={first !== "" && last !== "" && first > last}>
            {t("ledger.tryAgain")}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
