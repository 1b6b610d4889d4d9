// Connecting an account elsewhere: the password first, where there is one, then off to the provider's page.
import { Button, Group, Modal, PasswordInput, Stack } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useMe } from "../app/access";
import { useSay } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import { useSend } from "../ui/useSend";

/** Asks the hub where to go, and goes there. */
async function away(provider: string, password: string): Promise<true> {
  const asked = { params: { path: { provider } }, body: { next: `${location.pathname}?tab=security`, password } };
  location.assign((await unwrap(api.POST("/api/v1/me/logins/{provider}", asked))).url);
  return true;
}

export function ConnectLogin({ id, name }: { id: string; name: string }) {
  const t = useSay();
  const me = useMe();
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState("");
  const { busy, refused, wrong, send, forget } = useSend<true>(["password"]);
  const go = () => send(() => away(id, password));
  const confirm = (event: FormEvent) => {
    event.preventDefault();
    void go();
  };
  const close = () => {
    setAsking(false);
    setPassword("");
    forget("password");
  };
  return (
    <>
      {!asking && <FormProblem>{refused}</FormProblem>}
      <Button
        variant="default"
        me="xs"
        loading={busy && !asking}
        onClick={() => (me.person.has_password ? setAsking(true) : void go())}
      >
        {t("account.loginConnect", { name })}
      </Button>
      <Modal
        opened={asking}
        onClose={close}
        title={t("account.loginConnect", { name })}
        closeButtonProps={{ "aria-label": t("act.close") }}
      >
        <form onSubmit={confirm} noValidate>
          <Stack gap="md">
            <p>{t("account.loginAsk", { name })}</p>
            <FormProblem>{refused}</FormProblem>
            <input type="email" name="email" autoComplete="username" readOnly value={me.person.email} hidden />
            <PasswordInput
              label={t("account.currentPassword")}
              autoComplete="current-password"
              required
              data-autofocus
              value={password}
              error={wrong["password"]}
              aria-invalid={wrong["password"] ? true : undefined}
              visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
              onChange={(event) => {
                setPassword(event.currentTarget.value);
                forget("password");
              }}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                {t("act.cancel")}
              </Button>
              <Button type="submit" loading={busy} disabled={password === ""}>
                {t("account.loginGo", { name })}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
