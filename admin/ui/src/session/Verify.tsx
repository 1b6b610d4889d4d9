import { Button, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { meQuery } from "../app/access";
import { useSay } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import { useSend } from "../ui/useSend";
import { Card } from "./Card";
import { linkToken } from "./next";

/** Where the mailed link that proves an address leads. A click proves it, so that no program that follows links does. */
export function Verify() {
  const t = useSay();
  const client = useQueryClient();
  const [token] = useState(linkToken);
  const [done, setDone] = useState(false);
  const { busy, refused, wrong, send } = useSend<boolean>(["token"]);
  const confirm = async () => {
    const proven = await send(async () => {
      await unwrap(api.POST("/api/v1/auth/email/verify", { body: { token } }));
      return true;
    });
    if (!proven) return;
    setDone(true);
    void client.invalidateQueries({ queryKey: meQuery.queryKey });
  };
  const toDesk = (
    <Button component={Link} to="/" variant={done ? "filled" : "default"} fullWidth>
      {t("session.toDesk")}
    </Button>
  );
  if (done) {
    return (
      <Card title={t("session.verifyTitle")} lead={<span role="status">{t("session.verifyDone")}</span>}>
        {toDesk}
      </Card>
    );
  }
  if (token === "" || wrong["token"]) {
    return (
      <Card title={t("session.linkOverTitle")} lead={wrong["token"] ?? t("session.linkOverText")}>
        {toDesk}
      </Card>
    );
  }
  return (
    <Card title={t("session.verifyTitle")} lead={t("session.verifyLead")}>
      <Stack gap="sm">
        <FormProblem>{refused}</FormProblem>
        <Button loading={busy} onClick={() => void confirm()} fullWidth>
          {t("session.verifyDo")}
        </Button>
      </Stack>
    </Card>
  );
}
