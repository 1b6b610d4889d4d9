import { Badge, Button, PasswordInput, Skeleton, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { signedInAs, useMe, type Me } from "../app/access";
import { useSay } from "../i18n";
import { NewPassword } from "../session/NewPassword";
import { Ago } from "../ui/Ago";
import { FormProblem } from "../ui/FormProblem";
import { IconDeviceLaptop, IconDeviceMobile } from "../ui/icons";
import { Section } from "../ui/Page";
import { ProblemNotice } from "../ui/ProblemNotice";
import { failed, told } from "../ui/toast";
import { useSend } from "../ui/useSend";
import { browserOf, isMobile } from "./browser";
import { Logins } from "./Logins";
import css from "./Security.module.css";

export function Security() {
  return (
    <>
      <Password />
      <Logins />
      <Sessions />
    </>
  );
}

function Password() {
  const t = useSay();
  const me = useMe();
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const { busy, refused, wrong, send, forget } = useSend<Me>(["current", "new"]);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const changed = await send(() => unwrap(api.POST("/api/v1/me/password", { body: { current, new: fresh } })));
    if (!changed) return;
    signedInAs(changed);
    setCurrent("");
    setFresh("");
    told(t("account.passwordChanged"));
  };
  return (
    <Section title={t("account.passwordTitle")}>
      <form onSubmit={(event) => void save(event)} noValidate>
        <Stack gap="md" maw={420}>
          <FormProblem>{refused}</FormProblem>
          <input type="email" name="email" autoComplete="username" readOnly value={me.person.email} hidden />
          {me.person.has_password && (
            <PasswordInput
              label={t("account.currentPassword")}
              autoComplete="current-password"
              required
              value={current}
              error={wrong["current"]}
              aria-invalid={wrong["current"] ? true : undefined}
              visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
              onChange={(event) => {
                setCurrent(event.currentTarget.value);
                forget("current");
              }}
            />
          )}
          <NewPassword
            value={fresh}
            error={wrong["new"]}
            onChange={(value) => {
              setFresh(value);
              forget("new");
            }}
          />
          <Button type="submit" loading={busy} disabled={fresh === "" || (me.person.has_password && current === "")} w="fit-content">
            {t("account.changePassword")}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}

function Sessions() {
  const t = useSay();
  const client = useQueryClient();
  const query = useQuery({ queryKey: ["sessions"], queryFn: () => unwrap(api.GET("/api/v1/me/sessions")) });
  const end = async (session: string | null) => {
    try {
      if (session) await unwrap(api.DELETE("/api/v1/me/sessions/{session}", { params: { path: { session } } }));
      else await unwrap(api.DELETE("/api/v1/me/sessions"));
      told(t(session ? "account.sessionEnded" : "account.sessionsEnded"));
    } catch (error) {
      failed(error);
    }
    await client.invalidateQueries({ queryKey: ["sessions"] });
  };
  if (query.error) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  return (
    <Section title={t("account.sessionsTitle")}>
      {!query.data && <Skeleton height={60} aria-busy="true" />}
      <ul className={css["sessions"]}>
        {query.data?.items.map((one) => (
          <li key={one.id}>
            {isMobile(one.user_agent) ? <IconDeviceMobile size={20} aria-hidden /> : <IconDeviceLaptop size={20} aria-hidden />}
            <span className={css["what"]}>
              <strong>{browserOf(one.user_agent)}</strong>
              {one.current && <Badge variant="light">{t("account.sessionCurrent")}</Badge>}
              <span className={css["sub"]}>
                {t("account.sessionFrom", { address: one.address })} · {t("account.sessionSeen")} <Ago at={one.seen_at} />
              </span>
            </span>
            {!one.current && (
              <Button variant="default" size="compact-sm" onClick={() => void end(one.id)}>
                {t("account.sessionEnd")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {(query.data?.items.length ?? 0) > 1 && (
        <Button variant="default" onClick={() => void end(null)}>
          {t("account.sessionsEndOthers")}
        </Button>
      )}
    </Section>
  );
}
