// The session has ended while somebody worked: sign in over the page, and go on where it was left.
import { Button, Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useMe, type Me } from "../app/access";
import { useSay } from "../i18n";
import { onSignedOut, signedInAgain } from "./expiry";
import { PasswordForm } from "./PasswordForm";

export function SignInAgain() {
  const t = useSay();
  const me = useMe();
  const client = useQueryClient();
  const [opened, setOpened] = useState(false);
  useEffect(() => onSignedOut(() => setOpened(true)), []);

  const done = (now: Me) => {
    if (now.person.id !== me.person.id) {
      location.reload(); // Somebody else: nothing of the page belongs to them.
      return;
    }
    signedInAgain();
    setOpened(false);
    void client.invalidateQueries();
  };
  const here = `/${location.pathname.slice(import.meta.env.BASE_URL.length)}${location.search}`;
  const elsewhere = `${import.meta.env.BASE_URL}sign-in?next=${encodeURIComponent(here)}`;
  return (
    <Modal
      opened={opened}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t("session.endedTitle")}
    >
      <p>{t("session.endedText")}</p>
      <PasswordForm email={me.person.email} done={done} />
      <Button component="a" href={elsewhere} variant="subtle" fullWidth mt="xs">
        {t("session.otherWay")}
      </Button>
    </Modal>
  );
}
