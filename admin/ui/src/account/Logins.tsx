import { Button, Skeleton } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import type { AccountSearch } from "../app/pages";
import { useSay } from "../i18n";
import { troubleWords, waysQuery } from "../session/ways";
import { Ago } from "../ui/Ago";
import { FormProblem } from "../ui/FormProblem";
import { IconLink } from "../ui/icons";
import { Section } from "../ui/Page";
import { ProblemNotice } from "../ui/ProblemNotice";
import { failed, told } from "../ui/toast";
import { ConnectLogin } from "./ConnectLogin";
import css from "./Security.module.css";

/** Accounts elsewhere that one signs in with. Not shown where this hub knows none and none is connected. */
export function Logins() {
  const t = useSay();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { connected, error } = useSearch({ strict: false }) as AccountSearch;
  const known = useQuery(waysQuery);
  const ways = known.data?.providers;
  const query = useQuery({ queryKey: ["logins"], queryFn: () => unwrap(api.GET("/api/v1/me/logins")) });
  const name = ways?.find((one) => one.id === connected)?.name;
  useEffect(() => {
    if (!name) return;
    told(t("account.loginConnected", { name }));
    void navigate({ to: ".", search: { tab: "security" }, replace: true });
  }, [name, navigate, t]);

  const disconnect = async (provider: string, called: string) => {
    try {
      await unwrap(api.DELETE("/api/v1/me/logins/{provider}", { params: { path: { provider } } }));
      told(t("account.loginGone", { name: called }));
    } catch (problem) {
      failed(problem);
    }
    await client.invalidateQueries({ queryKey: ["logins"] });
  };
  if (query.error) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  if (known.error && !ways) return <ProblemNotice error={known.error} retry={() => void known.refetch()} />;
  if (!query.data || !ways) return <Skeleton height={60} aria-busy="true" />;
  const own = query.data.items;
  const open = ways.filter((way) => own.every((one) => one.provider !== way.id));
  if (own.length === 0 && open.length === 0) return null;
  return (
    <Section title={t("account.loginsTitle")} text={t("account.loginsText")}>
      <FormProblem>{troubleWords(error, t)}</FormProblem>
      <ul className={css["sessions"]}>
        {own.map((one) => (
          <li key={one.provider}>
            <IconLink size={20} aria-hidden />
            <span className={css["what"]}>
              <strong>{one.name}</strong>
              <span className={css["sub"]}>
                {one.email && <bdi>{one.email} · </bdi>}
                {t("account.sessionSeen")} <Ago at={one.used_at} />
              </span>
            </span>
            <Button variant="default" size="compact-sm" onClick={() => void disconnect(one.provider, one.name)}>
              {t("account.loginDisconnect", { name: one.name })}
            </Button>
          </li>
        ))}
      </ul>
      {open.map((way) => (
        <ConnectLogin key={way.id} id={way.id} name={way.name} />
      ))}
    </Section>
  );
}
