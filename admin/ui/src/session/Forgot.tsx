import { Anchor, Button, Skeleton, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useSay } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import { ProblemNotice } from "../ui/ProblemNotice";
import { useSend } from "../ui/useSend";
import { Card } from "./Card";
import css from "./Card.module.css";
import { waysQuery } from "./ways";

/** A link for a new password, by mail; a hub that sends no mail says who can help. */
export function Forgot() {
  const t = useSay();
  const ways = useQuery(waysQuery);
  const [email, setEmail] = useState("");
  const [sentTo, setSentTo] = useState<string | null>(null);
  const { busy, refused, wrong, send, forget } = useSend<{ text: string }>(["email"]);
  const ask = async (event: FormEvent) => {
    event.preventDefault();
    const address = email.trim();
    if (await send(() => unwrap(api.POST("/api/v1/auth/password/forgot", { body: { email: address } })))) {
      setSentTo(address);
    }
  };
  const links = (
    <div className={css["links"]}>
      <Anchor component={Link} to="/sign-in" size="sm">
        {t("session.back")}
      </Anchor>
    </div>
  );
  if (ways.isPending) return <Card title={t("session.forgotTitle")} lead={<Skeleton height={14} />} />;
  if (ways.error) {
    return (
      <Card title={t("session.forgotTitle")}>
        <ProblemNotice error={ways.error} retry={() => void ways.refetch()} />
        {links}
      </Card>
    );
  }
  if (!ways.data.mail) {
    return (
      <Card title={t("session.forgotTitle")} lead={t("session.forgotNoMail")}>
        {links}
      </Card>
    );
  }
  if (sentTo !== null) {
    return (
      <Card title={t("session.forgotSentTitle")} lead={<span role="status">{t("session.forgotSent", { email: sentTo })}</span>}>
        <Button variant="default" fullWidth onClick={() => setSentTo(null)}>
          {t("session.forgotAgain")}
        </Button>
        {links}
      </Card>
    );
  }
  return (
    <Card title={t("session.forgotTitle")} lead={t("session.forgotLead")}>
      <form onSubmit={(event) => void ask(event)} noValidate>
        <Stack gap="sm">
          <FormProblem>{refused}</FormProblem>
          <TextInput
            label={t("session.email")}
            type="email"
            name="email"
            autoComplete="username"
            required
            value={email}
            error={wrong["email"]}
            onChange={(event) => {
              setEmail(event.currentTarget.value);
              forget("email");
            }}
          />
          <Button type="submit" loading={busy} disabled={email.trim() === ""} fullWidth>
            {t("session.forgotSend")}
          </Button>
        </Stack>
      </form>
      {links}
    </Card>
  );
}
