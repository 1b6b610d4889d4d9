import { Button, Group } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import css from "../owner/owner.module.css";
import { IconAlertTriangle, IconCircleCheck } from "../ui/icons";
import { Section } from "../ui/Page";
import { failed } from "../ui/toast";
import own from "./Check.module.css";
import { at, type Channel, type CheckResult } from "./data";

/** Asks the platform whether all is well, and says in plain words what it found. `now`: without being asked. */
export function Check({ channel, now }: { channel: Channel; now: boolean }) {
  const t = useWords();
  const { tenant } = useHere();
  const [busy, setBusy] = useState<"check" | "register" | null>(null);
  const [result, setResult] = useState<CheckResult | null>(null);
  const begun = useRef(false);
  const run = async (what: "check" | "register") => {
    setBusy(what);
    try {
      const path = at(tenant, channel.id).params;
      if (what === "register") {
        const told = await unwrap(api.POST("/api/v1/tenants/{tenant}/channels/{channel}/register", { params: { ...path, header: once() } }));
        setResult(told);
        if (!told.ok) return;
      }
      setResult(await unwrap(api.POST("/api/v1/tenants/{tenant}/channels/{channel}/check", { params: path })));
    } catch (error) {
      failed(error);
    } finally {
      setBusy(null);
    }
  };
  useEffect(() => {
    if (!now || begun.current) return;
    begun.current = true;
    void run(channel.webhook ? "register" : "check");
  });
  return (
    <Section title={t("channels.check")} text={t("channels.checkText")}>
      <Group gap="xs">
        <Button variant="default" loading={busy === "check"} onClick={() => void run("check")}>
          {t("channels.checkDo")}
        </Button>
        {channel.webhook && (
          <Button variant="default" loading={busy === "register"} onClick={() => void run("register")}>
            {t("channels.register")}
          </Button>
        )}
      </Group>
      <div role="status">
        {result && (
          <ul className={css["list"]}>
            {result.checks.map((line) => (
              <li key={line.name} className={own["line"]} data-ok={line.ok}>
                {line.ok ? <IconCircleCheck size={18} aria-label={t("channels.good")} /> : <IconAlertTriangle size={18} aria-label={t("channels.bad")} />}
                <span>{line.text}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Section>
  );
}
