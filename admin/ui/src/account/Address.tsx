import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useMe } from "../app/access";
import { useSay } from "../i18n";
import { waysQuery } from "../session/ways";
import { FormProblem } from "../ui/FormProblem";
import { Section } from "../ui/Page";
import { useSend } from "../ui/useSend";

/** The address one signs in with: to be confirmed, or changed by a link that goes to the new one. */
export function Address() {
  const t = useSay();
  const me = useMe();
  const mail = useQuery(waysQuery).data?.mail ?? false;
  const [email, setEmail] = useState(me.person.email);
  const [password, setPassword] = useState("");
  const [sentTo, setSentTo] = useState<string | null>(null);
  const { busy, refused, wrong, send, forget } = useSend<{ text: string }>(["email", "password"]);
  const same = email.trim().toLowerCase() === me.person.email.toLowerCase();
  const ask = async (event: FormEvent) => {
    event.preventDefault();
    const address = email.trim();
    if (!(await send(() => unwrap(api.POST("/api/v1/me/email", { body: { email: address, password } }))))) return;
    setSentTo(address);
    setPassword("");
  };
  const state = me.person.email_verified ? t("account.emailProven") : t("account.emailUnproven");
  return (
    <Section title={t("account.email")} text={`${t("account.emailText")} ${state}`}>
      <form onSubmit={(event) => void ask(event)} noValidate>
        <Stack gap="md" maw={420}>
          <FormProblem>{refused}</FormProblem>
          <TextInput
            label={t("account.email")}
            type="email"
            autoComplete="email"
            readOnly={!mail}
            {...(mail ? {} : { description: t("account.emailNoMail") })}
            value={email}
            error={wrong["email"]}
            onChange={(event) => {
              setEmail(event.currentTarget.value);
              setSentTo(null);
              forget("email");
            }}
          />
          {mail && me.person.has_password && !(same && me.person.email_verified) && (
            <PasswordInput
              label={t("account.currentPassword")}
              autoComplete="current-password"
              required
              value={password}
              error={wrong["password"]}
              aria-invalid={wrong["password"] ? true : undefined}
              visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
              onChange={(event) => {
                setPassword(event.currentTarget.value);
                forget("password");
              }}
            />
          )}
          {sentTo && <p role="status">{t("account.emailSent", { email: sentTo })}</p>}
          {mail && !(same && me.person.email_verified) && (
            <Button
              type="submit"
              variant="default"
              loading={busy}
              disabled={email.trim() === "" || (me.person.has_password && password === "")}
              w="fit-content"
            >
              {t(same ? "account.emailConfirm" : "account.emailChange")}
            </Button>
          )}
        </Stack>
      </form>
    </Section>
  );
}
