import { Button, Tabs } from "@mantine/core";
import { useState } from "react";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { useTab } from "../owner/tab";
import { IconUserPlus } from "../ui/icons";
import { Page } from "../ui/Page";
import { Invitations } from "./Invitations";
import { InviteForm } from "./InviteForm";
import { MemberTable } from "./MemberTable";
import { Teams } from "./Teams";

/** Who works here, who is asked to, and which teams they make. */
export function People() {
  const t = useSay();
  const { may } = useHere();
  const [inviting, setInviting] = useState(false);
  const manages = may("members:manage");
  const [tab, open] = useTab(["members", ...(manages ? ["invitations"] : []), "teams"], "members");
  return (
    <Page
      title={t("people.title")}
      wide
      action={
        manages && (
          <Button leftSection={<IconUserPlus size={18} aria-hidden />} onClick={() => setInviting(true)}>
            {t("people.invite")}
          </Button>
        )
      }
    >
      <Tabs value={tab} onChange={open} keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="members">{t("people.members")}</Tabs.Tab>
          {manages && <Tabs.Tab value="invitations">{t("people.invitations")}</Tabs.Tab>}
          <Tabs.Tab value="teams">{t("people.teams")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="members">
          <MemberTable />
        </Tabs.Panel>
        <Tabs.Panel value="invitations">
          <Invitations />
        </Tabs.Panel>
        <Tabs.Panel value="teams">
          <Teams />
        </Tabs.Panel>
      </Tabs>
      {inviting && <InviteForm close={() => setInviting(false)} />}
    </Page>
  );
}
