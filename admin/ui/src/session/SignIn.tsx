import { Anchor, Stack } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useSay } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import { Card } from "./Card";
import css from "./Card.module.css";
import { safeNext } from "./next";
import { PasswordForm } from "./PasswordForm";
import { ProviderButtons } from "./ProviderButtons";
import { troubleWords } from "./ways";

export function SignIn() {
  const t = useSay();
  const navigate = useNavigate();
  const { next, error } = useSearch({ from: "/sign-in" });
  const to = safeNext(next, "/");
  return (
    <Card title={t("session.signInTitle")}>
      <Stack gap="sm">
        <FormProblem>{troubleWords(error, t)}</FormProblem>
        <PasswordForm done={() => void navigate({ to, replace: true })} />
      </Stack>
      <ProviderButtons next={`/admin${to}`} />
      <div className={css["links"]}>
        <Anchor component={Link} to="/forgot" size="sm">
          {t("session.forgot")}
        </Anchor>
      </div>
    </Card>
  );
}
