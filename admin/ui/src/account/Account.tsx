import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { AccountSearch } from "../app/pages";
import { useSay } from "../i18n";
import { Page } from "../ui/Page";
import { AlertSettings } from "./AlertSettings";
import { Display } from "./Display";
import { KeySettings } from "./KeySettings";
import { MailNotices } from "./MailNotices";
import { Profile } from "./Profile";
import { Security } from "./Security";

/** What belongs to the person: who they are, how they sign in, how the desk looks, sounds and listens to keys. */
export function Account() {
  const t = useSay();
  const navigate = useNavigate();
  const { tab } = useSearch({ strict: false }) as AccountSearch;
  return (
    <Page title={t("account.title")}>
      <Tabs
        value={tab ?? "profile"}
        onChange={(chosen) => void navigate({ to: ".", search: chosen && chosen !== "profile" ? { tab: chosen } : {}, replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="profile">{t("account.profile")}</Tabs.Tab>
          <Tabs.Tab value="security">{t("account.security")}</Tabs.Tab>
          <Tabs.Tab value="alerts">{t("account.alerts")}</Tabs.Tab>
          <Tabs.Tab value="keyboard">{t("account.keyboard")}</Tabs.Tab>
          <Tabs.Tab value="display">{t("account.display")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="profile">
          <Profile />
        </Tabs.Panel>
        <Tabs.Panel value="security">
          <Security />
        </Tabs.Panel>
        <Tabs.Panel value="alerts">
          <AlertSettings />
          <MailNotices />
        </Tabs.Panel>
        <Tabs.Panel value="keyboard">
          <KeySettings />
        </Tabs.Panel>
        <Tabs.Panel value="display">
          <Display />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
