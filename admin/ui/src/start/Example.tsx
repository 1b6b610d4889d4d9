import { Button, Loader } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import owner from "../owner/owner.module.css";
import { Confirm } from "../ui/Confirm";
import { failed, told } from "../ui/toast";
import { Section } from "../ui/Page";

const PACE = 1_500;
const STEPS = 60;

/** Something to look around in before there is anything of one's own: one click in, one click out. */
export function Example() {
  const t = useWords();
  const { tenant } = useHere();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(false);
  const key = ["example", tenant];
  const at = { params: { path: { tenant } } };
  const state = useQuery({ queryKey: key, queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/example", at)) }).data;
  if (!state) return null;
  const load = async () => {
    setBusy(true);
    try {
      for (let n = 0; n < STEPS; n += 1) {
        const now = await unwrap(api.POST("/api/v1/tenants/{tenant}/example", { params: { path: { tenant }, header: once() } }));
        client.setQueryData(key, now);
        if (now.whole) break;
        await new Promise((resolve) => setTimeout(resolve, PACE));
      }
      told(t("start.exampleThere"));
    } catch (error) {
      failed(error);
    }
    await client.invalidateQueries();
    setBusy(false);
  };
  const remove = async () => {
    try {
      await unwrap(api.DELETE("/api/v1/tenants/{tenant}/example", at));
      told(t("start.exampleGone"));
    } catch (error) {
      failed(error);
    }
    await client.invalidateQueries();
  };
  return (
    <div className={owner["apart"]}>
      <Section title={t("start.example")} text={t("start.exampleText")}>
        <div className={owner["card"]} data-example={state.whole}>
          <span className={owner["grow"]} role="status">
            {busy ? (
              <>
                <Loader size="xs" me={8} />
                {t("start.exampleStep", { n: state.ready, asked: state.conversations })}
              </>
            ) : (
              t(state.whole ? "start.exampleIs" : "start.exampleIsNot")
            )}
          </span>
          {state.documents > 0 && !busy && (
            <Button variant="default" onClick={() => setAsked(true)}>
              {t("start.exampleRemove")}
            </Button>
          )}
          {!state.whole && (
            <Button variant="default" loading={busy} onClick={() => void load()}>
              {t("start.exampleLoad")}
            </Button>
          )}
        </div>
        {asked && <Confirm title={t("start.exampleAsk")} text={t("start.exampleAskText")} act={t("start.exampleRemove")} close={() => setAsked(false)} run={remove} />}
      </Section>
    </div>
  );
}
