import { Button, Group, Tabs } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useLocation, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { Chip } from "../owner/Chip";
import { CopyField } from "../owner/CopyField";
import { Guard } from "../owner/Guard";
import css from "../owner/owner.module.css";
import { Confirm } from "../ui/Confirm";
import { IconExternalLink } from "../ui/icons";
import { Page, Section } from "../ui/Page";
import { ProblemNotice } from "../ui/ProblemNotice";
import { Starting } from "../app/Starting";
import { Capabilities } from "./Capabilities";
import { ChangeChannel } from "./ChangeChannel";
import { Check } from "./Check";
import { Back } from "./Connect";
import { at, channelsKey, embedOf, tryAddress, webhookOf, type Channel } from "./data";
import { kindOf } from "./kinds";
import { ChannelTemplates } from "./ChannelTemplates";

/** One channel: is it well, what to paste where, what it can show, and how to change or end it. */
export function ChannelPage() {
  const t = useWords();
  return (
    <Guard needs="channels:read" title={t("channels.title")}>
      <Fetched />
    </Guard>
  );
}

function Fetched() {
  const { tenant } = useHere();
  const { channel } = useParams({ strict: false }) as { channel: string };
  const query = useQuery({
    queryKey: [...channelsKey(tenant), channel],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/channels/{channel}", at(tenant, channel))),
  });
  if (query.error) return <ProblemNotice level={1} error={query.error} retry={() => void query.refetch()} />;
  return query.data ? <One channel={query.data} /> : <Starting />;
}

function One({ channel }: { channel: Channel }) {
  const t = useWords();
  const { tenant, slug, may } = useHere();
  const act = useAct(channelsKey(tenant));
  const writes = may("channels:write");
  const trial = tryAddress(channel);
  const path = at(tenant, channel.id);
  const switchTo = (enabled: boolean) =>
    act(
      () => unwrap(api.PATCH("/api/v1/tenants/{tenant}/channels/{channel}", { ...path, body: { enabled } })),
      t(enabled ? "channels.switchedOn" : "channels.switchedOff", { name: channel.name }),
    );
  const [asked, setAsked] = useState<"off" | "delete" | null>(null);
  const fresh = useLocation().hash === "connect";
  return (
    <Page
      title={channel.name}
      action={
        trial && (
          <Button component="a" href={trial} target="_blank" rel="noreferrer" variant="default" rightSection={<IconExternalLink size={16} aria-hidden />}>
            {t("channels.try")}
          </Button>
        )
      }
    >
      <Back to={`/${slug}/channels`} />
      <Group gap="md" mb="md">
        <Chip mood={channel.enabled ? "good" : "off"}>{t(channel.enabled ? "channels.on" : "channels.off")}</Chip>
        {writes && (
          <Button size="compact-sm" variant="default" onClick={() => (channel.enabled ? setAsked("off") : void switchTo(true))}>
            {t(channel.enabled ? "channels.switchOff" : "channels.switchOn")}
          </Button>
        )}
      </Group>
      <Tabs defaultValue="connection" keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="connection">{t("channels.connection")}</Tabs.Tab>
          <Tabs.Tab value="abilities">{t("channels.abilities")}</Tabs.Tab>
          {channel.kind === "whatsapp" && <Tabs.Tab value="templates">{t("channels.templates")}</Tabs.Tab>}
          {writes && <Tabs.Tab value="change">{t("channels.change")}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="connection">
          <Paste channel={channel} />
          {writes && <Check channel={channel} now={fresh} />}
        </Tabs.Panel>
        <Tabs.Panel value="abilities">
          <Capabilities channel={channel} />
        </Tabs.Panel>
        <Tabs.Panel value="templates">
          <ChannelTemplates channel={channel} />
        </Tabs.Panel>
        <Tabs.Panel value="change">
          <ChangeChannel channel={channel} />
          <Section title={t("channels.deleteTitle")} text={t("channels.deleteText")}>
            <Button color="red" variant="outline" onClick={() => setAsked("delete")}>
              {t("channels.delete")}
            </Button>
          </Section>
        </Tabs.Panel>
      </Tabs>
      {asked === "off" && (
        <Confirm
          title={t("channels.offTitle", { name: channel.name })}
          text={t("channels.offText")}
          act={t("channels.switchOff")}
          close={() => setAsked(null)}
          run={async () => void (await switchTo(false))}
        />
      )}
      {asked === "delete" && <Deleting channel={channel} close={() => setAsked(null)} />}
    </Page>
  );
}

/** What is to be pasted elsewhere: the embed line, or the platform's webhook. */
function Paste({ channel }: { channel: Channel }) {
  const t = useWords();
  const webhook = webhookOf(channel);
  const token = sessionStorage.getItem(`switchboard.verify.${channel.id}`);
  const after = kindOf(channel.kind)?.after ?? [];
  return (
    <Section title={t("channels.paste")}>
      {after.length > 0 && (
        <ol className={css["steps"]}>
          {after.map((key) => (
            <li key={key}>{t(key)}</li>
          ))}
        </ol>
      )}
      {after.length === 0 && <p>{t("channels.itself")}</p>}
      {channel.site_key ? (
        <>
          <CopyField label={t("channels.embed")} value={embedOf(channel)} />
          <CopyField label={t("channels.siteKey")} value={channel.site_key} />
          <CopyField label={t("channels.page")} text={t("channels.pageText")} value={`${location.origin}/chat/${channel.site_key}`} />
        </>
      ) : (
        <>
          {webhook && <CopyField label={t("channels.webhook")} value={webhook} />}
          {token && <CopyField label={t("channels.verifyToken")} text={t("channels.verifyShown")} value={token} />}
        </>
      )}
    </Section>
  );
}

function Deleting({ channel, close }: { channel: Channel; close: () => void }) {
  const t = useWords();
  const { tenant, slug } = useHere();
  const client = useQueryClient();
  const navigate = useNavigate();
  const act = useAct();
  const run = async () => {
    const gone = await act(
      () => unwrap(api.DELETE("/api/v1/tenants/{tenant}/channels/{channel}", at(tenant, channel.id))),
      t("channels.deleted", { name: channel.name }),
    );
    if (!gone) return;
    await navigate({ to: `/${slug}/channels` });
    client.removeQueries({ queryKey: [...channelsKey(tenant), channel.id] });
    await client.invalidateQueries({ queryKey: channelsKey(tenant) });
  };
  return (
    <Confirm
      title={t("channels.deleteAsk", { name: channel.name })}
      text={t("channels.deleteAskText", { name: channel.name })}
      typed={channel.name}
      act={t("channels.delete")}
      close={close}
      run={run}
    />
  );
}
