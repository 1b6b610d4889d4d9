import { Button, Skeleton, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { signedInAs, useMaybeMe, type Me } from "../app/access";
import { useSay } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import { ProblemNotice } from "../ui/ProblemNotice";
import { useSend } from "../ui/useSend";
import { Card } from "./Card";
import { NewPassword } from "./NewPassword";
import { linkToken } from "./next";
import { PasswordForm } from "./PasswordForm";
import { ProviderButtons } from "./ProviderButtons";
import { troubleWords } from "./ways";

/** An invitation's link: newcomers say who they are, who has an account signs in, and then joins. */
export function Invitation() {
  const t = useSay();
  const navigate = useNavigate();
  const [token] = useState(linkToken);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const me = useMaybeMe();
  const { error } = useSearch({ from: "/invitation" });
  const { busy, refused, wrong, send } = useSend<Me>(["name", "password"]);
  const look = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => unwrap(api.POST("/api/v1/auth/invitations/look", { body: { token } })),
    retry: false,
    staleTime: Infinity,
  });
  const accept = async (own: { name?: string; password?: string }) => {
    const joined = await send(() => unwrap(api.POST("/api/v1/auth/invitations/accept", { body: { token, ...own } })));
    if (!joined) return;
    signedInAs(joined);
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
  const { tenant, email, inviter, known } = look.data;
  const lead = inviter ? t("session.invitationLead", { by: inviter, tenant }) : t("session.invitationAs", { email });
  const signedIn = me && me.person.email.toLowerCase() === email.toLowerCase();
  return (
    <Card title={t("session.invitationTitle", { tenant })} lead={lead}>
      <Stack gap="sm">
        <FormProblem>{refused ?? troubleWords(error, t)}</FormProblem>
        {known && me && !signedIn && <p>{t("session.invitationOther", { email, me: me.person.email })}</p>}
        {known && signedIn && (
          <Button loading={busy} onClick={() => void accept({})}>
            {t("session.invitationDo")}
          </Button>
        )}
        {known && !signedIn && (
          <>
            <p>{t("session.invitationSignIn", { email })}</p>
            <PasswordForm email={email} done={() => void accept({})} />
          </>
        )}
        {!known && (
          <form
            noValidate
            onSubmit={(event: FormEvent) => {
              event.preventDefault();
              void accept({ name: name.trim(), password });
            }}
          >
            <Stack gap="sm">
              <TextInput label={t("session.email")} type="email" autoComplete="username" readOnly value={email} />
              <TextInput label={t("session.name")} autoComplete="name" required value={name} error={wrong["name"]}
                onChange={(event) => setName(event.currentTarget.value)} />
              <NewPassword value={password} onChange={setPassword} error={wrong["password"]} />
              <Button type="submit" loading={busy} disabled={name.trim() === "" || password === ""} fullWidth>
                {t("session.invitationDo")}
              </Button>
            </Stack>
          </form>
        )}
      </Stack>
      {!(known && signedIn) && <ProviderButtons invitation={token} />}
    </Card>
  );
}
