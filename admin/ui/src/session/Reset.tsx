import { Anchor, Button, Stack } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { signedInAs, type Me } from "../app/access";
import { useSay } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import { told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import { Card } from "./Card";
import css from "./Card.module.css";
import { NewPassword } from "./NewPassword";
import { linkToken } from "./next";

/** Where the mailed link for a new password leads. */
export function Reset() {
  const t = useSay();
  const navigate = useNavigate();
  const [token] = useState(linkToken);
  const [password, setPassword] = useState("");
  const { busy, refused, wrong, send, forget } = useSend<Me>(["password", "token"]);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const me = await send(() => unwrap(api.POST("/api/v1/auth/password/reset", { body: { token, password } })));
    if (!me) return;
    signedInAs(me);
    told(t("session.resetDone"));
    await navigate({ to: "/", replace: true });
  };
  if (token === "" || wrong["token"]) {
    return (
      <Card title={t("session.linkOverTitle")} lead={t("session.linkOverText")}>
        <Button component={Link} to="/forgot" fullWidth>
          {t("session.forgotAnother")}
        </Button>
        <div className={css["links"]}>
          <Anchor component={Link} to="/sign-in" size="sm">
            {t("session.back")}
          </Anchor>
        </div>
      </Card>
    );
  }
  return (
    <Card title={t("session.resetTitle")} lead={t("session.resetLead")}>
      <form onSubmit={(event) => void save(event)} noValidate>
        <Stack gap="sm">
          <FormProblem>{refused}</FormProblem>
          <NewPassword
            value={password}
            error={wrong["password"]}
            onChange={(value) => {
              setPassword(value);
              forget("password");
            }}
          />
          <Button type="submit" loading={busy} disabled={password === ""} fullWidth>
            {t("session.resetDo")}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
