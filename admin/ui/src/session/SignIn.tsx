import { Anchor, Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useSay } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import { Card } from "./Card";
import css from "./Card.module.css";
import { safeNext } from "./next";
import { PasswordForm } from "./PasswordForm";

export function SignIn() {
  const t = useSay();
  const navigate = useNavigate();
  const { next, error } = useSearch({ from: "/sign-in" });
  const ways = useQuery({
    queryKey: ["providers"],
    queryFn: () => unwrap(api.GET("/api/v1/auth/providers")),
    staleTime: 60_000,
  }).data;
  const to = safeNext(next, "/");
  const start = (address: string) => {
    const back = new URL(address, location.origin);
    back.searchParams.set("next", `/admin${to === "/" ? "/" : to}`);
    return back.pathname + back.search;
  };
  return (
    <Card title={t("session.signInTitle")}>
      <Stack gap="sm">
        <FormProblem>{error ? t("session.providerFailed") : null}</FormProblem>
        <PasswordForm done={() => void navigate({ to, replace: true })} />
      </Stack>
      {ways && ways.providers.length > 0 && (
        <>
          <div className={css["or"]}>{t("session.or")}</div>
          <Stack gap="xs">
            {ways.providers.map((way) => (
              <Button key={way.id} component="a" href={start(way.start)} variant="default" fullWidth>
                {t("session.signInWith", { name: way.name })}
              </Button>
            ))}
          </Stack>
        </>
      )}
      <div className={css["links"]}>
        <Anchor component={Link} to="/forgot" size="sm">
          {t("session.forgot")}
        </Anchor>
      </div>
    </Card>
  );
}
