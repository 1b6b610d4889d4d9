import { Button, Skeleton, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { signedInAs, type Me } from "../app/access";
import { useSay } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import { ProblemNotice } from "../ui/ProblemNotice";
import { useSend } from "../ui/useSend";
import { Card } from "./Card";
import { NewPassword } from "./NewPassword";
import { linkToken } from "./next";

/** A new account's first page: who it is for, and its password. The deployment's first person says who they are. */
export function SetUp() {
  const t = useSay();
  const navigate = useNavigate();
  const [token] = useState(linkToken);
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { busy, refused, wrong, send } = useSend<Me>(["name", "email", "password"]);
  const look = useQuery({
    queryKey: ["set-up", token],
    queryFn: () => unwrap(api.POST("/api/v1/auth/set-up/look", { body: { token } })),
    retry: false,
    staleTime: Infinity,
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const own = look.data?.first ? { name, email: email.trim() } : {};
    const me = await send(() => unwrap(api.POST("/api/v1/auth/set-up", { body: { token, password, ...own } })));
    if (!me) return;
    signedInAs(me);
    await navigate({ to: "/", replace: true });
  };
  if (look.isPending) return <Card title={t("session.setUpTitle")} lead={<Skeleton height={14} />} />;
  if (look.error) {
    return (
      <Card title={t("session.linkOverTitle")}>
        <ProblemNotice error={look.error} retry={() => void look.refetch()} />
      </Card>
    );
  }
  const lead = look.data.first ? t("session.setUpFirst") : t("session.setUpLead", { email: look.data.email ?? "" });
  return (
    <Card title={t("session.setUpTitle")} lead={lead}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="sm">
          <FormProblem>{refused}</FormProblem>
          {look.data.first && (
            <>
              <TextInput label={t("session.name")} autoComplete="name" required value={name} error={wrong["name"]}
                onChange={(event) => setName(event.currentTarget.value)} />
              <TextInput label={t("session.email")} type="email" autoComplete="username" required value={email}
                error={wrong["email"]} onChange={(event) => setEmail(event.currentTarget.value)} />
            </>
          )}
          <NewPassword value={password} onChange={setPassword} error={wrong["password"]} />
          <Button type="submit" loading={busy} disabled={password === ""} fullWidth>
            {t("session.setUpDo")}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
