import { Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useSay } from "../i18n";
import { FormProblem } from "../ui/FormProblem";
import css from "./Card.module.css";
import { startWords, waysQuery } from "./ways";

interface Props {
  /** The desk's page to go on at, with its `/admin`. */
  next?: string;
  /** The token of an invitation to accept. */
  invitation?: string;
}

/** A button for each way to sign in beside the password; nothing where there is none. */
export function ProviderButtons({ next, invitation }: Props) {
  const t = useSay();
  const ways = useQuery(waysQuery).data?.providers ?? [];
  const [going, setGoing] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const go = async (provider: string) => {
    setGoing(provider);
    setRefused(null);
    const body = { ...(next ? { next } : {}), ...(invitation ? { invitation } : {}) };
    try {
      const asked = { params: { path: { provider } }, body };
      location.assign((await unwrap(api.POST("/api/v1/auth/providers/{provider}/start", asked))).url);
    } catch (error) {
      setRefused(startWords(error, t));
      setGoing(null);
    }
  };
  if (ways.length === 0) return null;
  return (
    <>
      <div className={css["or"]}>{t("session.or")}</div>
      <Stack gap="xs">
        <FormProblem>{refused}</FormProblem>
        {ways.map((way) => (
          <Button
            key={way.id}
            variant="default"
            fullWidth
            loading={going === way.id}
            disabled={going !== null && going !== way.id}
            onClick={() => void go(way.id)}
          >
            {t("session.signInWith", { name: way.name })}
          </Button>
        ))}
      </Stack>
    </>
  );
}
