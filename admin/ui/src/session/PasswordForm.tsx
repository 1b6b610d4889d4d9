import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { problemOf, unwrap } from "../api/problem";
import { signedInAs, type Me } from "../app/access";
import { useSay } from "../i18n";
import { wordsFor } from "../ui/ProblemNotice";
import { FormProblem } from "../ui/FormProblem";

interface Props {
  /** Whose password is asked for; without it the address is asked for too. */
  email?: string;
  done: (me: Me) => void;
}

/** E-mail and password. What was typed stays when it is refused, but for the password. */
export function PasswordForm({ email: fixed, done }: Props) {
  const t = useSay();
  const [email, setEmail] = useState(fixed ?? "");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);

  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefused(null);
    try {
      const me = await unwrap(api.POST("/api/v1/auth/sign-in", { body: { email: email.trim(), password } }));
      signedInAs(me);
      done(me);
    } catch (error) {
      const problem = problemOf(error);
      setRefused(problem.status === 401 ? t("session.wrong") : wordsFor(problem, t));
      setPassword("");
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void send(event)} noValidate>
      <Stack gap="sm">
        <FormProblem>{refused}</FormProblem>
        <TextInput
          label={t("session.email")}
          type="email"
          name="email"
          autoComplete="username"
          required
          readOnly={fixed !== undefined}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          data-autofocus={fixed === undefined || undefined}
        />
        <PasswordInput
          label={t("session.password")}
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
          data-autofocus={fixed !== undefined || undefined}
        />
        <Button type="submit" loading={busy} disabled={email.trim() === "" || password === ""} fullWidth>
          {t("session.signIn")}
        </Button>
      </Stack>
    </form>
  );
}
