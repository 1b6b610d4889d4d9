import { Checkbox, Select, Skeleton, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSettings } from "../app/settings";
import { useSay } from "../i18n";
import { waysQuery } from "../session/ways";
import { Section } from "../ui/Page";
import { ProblemNotice } from "../ui/ProblemNotice";
import { failed } from "../ui/toast";

type Notices = Schemas["NotificationSettings"];
type Kind = "needs_person" | "assigned" | "mention" | "customer_replied";
const KINDS: readonly Kind[] = ["needs_person", "assigned", "mention", "customer_replied"];
const DIGESTS = ["off", "hourly", "daily"] as const;

/** What this company's inbox tells by mail. The quiet hours are those of this page, in the browser's time zone. */
export function MailNotices() {
  const t = useSay();
  const { tenant } = useHere();
  const client = useQueryClient();
  const { quiet } = useSettings();
  const ways = useQuery(waysQuery);
  const mail = ways.data?.mail;
  const key = ["notice-settings", tenant];
  const path = { params: { path: { tenant } } };
  const query = useQuery({
    queryKey: key,
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/notifications/settings", path)),
    enabled: mail === true,
  });
  const settings = query.data;
  const save = async (changed: Partial<Notices>) => {
    if (!settings) return;
    const next = { ...settings, ...changed };
    client.setQueryData(key, next);
    try {
      await unwrap(api.PUT("/api/v1/tenants/{tenant}/notifications/settings", { ...path, body: next }));
    } catch (error) {
      failed(error);
      await client.invalidateQueries({ queryKey: key });
    }
  };
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const wanted = quiet.on ? { start: quiet.from, end: quiet.to, zone } : null;
  const apart = settings !== undefined && JSON.stringify(settings.quiet ?? null) !== JSON.stringify(wanted);
  const tried = useRef("");
  useEffect(() => {
    const asked = JSON.stringify(wanted);
    if (!apart || tried.current === asked) return;
    tried.current = asked; // once for each choice: a hub that refuses is not asked again and again
    void save({ quiet: wanted });
  });
  if (ways.error && !ways.data) return <ProblemNotice error={ways.error} retry={() => void ways.refetch()} />;
  if (mail === undefined) return <Skeleton height={60} aria-busy="true" />;
  if (!mail) return <Section title={t("account.mailTitle")} text={t("account.mailNone")}>{null}</Section>;
  if (query.error) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  if (!settings) return <Skeleton height={60} aria-busy="true" />;
  const kinds = settings.kinds ?? {};
  return (
    <Section title={t("account.mailTitle")} text={t("account.mailText")}>
      <Stack gap="md" maw={420}>
        <Select
          label={t("account.mailDigest")}
          description={t("account.mailDigestText")}
          allowDeselect={false}
          data={DIGESTS.map((value) => ({ value, label: t(`account.mail_${value}`) }))}
          value={settings.digest ?? "off"}
          onChange={(value) => void save({ digest: DIGESTS.find((one) => one === value) ?? "off" })}
        />
        <Checkbox.Group
          label={t("account.mailSoon")}
          description={t("account.mailSoonText")}
          value={KINDS.filter((kind) => kinds[kind]?.mail)}
          onChange={(chosen) => {
            const ways = KINDS.map((kind) => [
              kind,
              { desktop: true, sound: true, ...kinds[kind], mail: chosen.includes(kind) },
            ]);
            void save({ kinds: { ...kinds, ...Object.fromEntries(ways) } });
          }}
        >
          <Stack gap="xs" mt="xs">
            {KINDS.map((kind) => (
              <Checkbox key={kind} value={kind} label={t(`account.mail_${kind}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
      </Stack>
    </Section>
  );
}
