// Asks before something is lost: what it is, what goes, and, where there is no way back, its name typed.
import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import { useSay } from "../i18n";

interface Props {
  title: string;
  text: string;
  /** What the button says: the act itself. */
  act: string;
  /** What must be typed first. */
  typed?: string;
  close: () => void;
  run: () => Promise<void>;
}

export function Confirm({ title, text, act, typed, close, run }: Props) {
  const t = useSay();
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    await run();
    close();
  };
  return (
    <Modal opened onClose={close} title={title} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!typed || words === typed) void go();
        }}
      >
        <p>{text}</p>
        {typed && (
          <TextInput
            label={t("people.typeName")}
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
            data-autofocus
            autoComplete="off"
            mb="md"
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus={typed ? undefined : true}>
            {t("act.cancel")}
          </Button>
          <Button type="submit" color="red" loading={busy} disabled={typed !== undefined && words !== typed}>
            {act}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
