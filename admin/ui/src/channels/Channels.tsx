import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { Chip } from "../owner/Chip";
import { Guard } from "../owner/Guard";
import { Loaded } from "../owner/Loaded";
import css from "../owner/owner.module.css";
import { IconPlus } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { useChannels, type Channel } from "./data";
import { faceOf } from "./kinds";

/** Where customers write: every channel of the tenant. */
export function Channels() {
  const t = useWords();
  return (
    <Guard needs="channels:read" title={t("channels.title")}>
      <List />
    </Guard>
  );
}

function List() {
  const t = useWords();
  const { slug, may } = useHere();
  const query = useChannels();
  const connect = may("channels:write") && (
    <Button component={Link} to={`/${slug}/channels/new`} leftSection={<IconPlus size={18} aria-hidden />}>
      {t("channels.connect")}
    </Button>
  );
  return (
    <Page title={t("channels.title")} action={query.data?.items.length ? connect : undefined}>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Notice tone="empty" title={t("channels.none")} action={connect}>
              {t("channels.noneText")}
            </Notice>
          ) : (
            <ul className={css["list"]}>
              {items.map((channel) => (
                <li key={channel.id}>
                  <ChannelCard channel={channel} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Page>
  );
}

function ChannelCard({ channel }: { channel: Channel }) {
  const t = useWords();
  const { slug } = useHere();
  const { icon: Icon, label } = faceOf(channel.kind);
  return (
    <Link to="/$tenant/channels/$channel" params={{ tenant: slug, channel: channel.id }} className={css["card"]}>
      <Icon size={24} stroke={1.5} aria-hidden />
      <span className={css["grow"]}>
        <strong>
          <bdi>{channel.name}</bdi>
        </strong>
        <span className={css["sub"]}>
          {label ? t(label) : channel.kind}
          {channel.account && (
            <>
              {" · "}
              <bdi>{channel.account}</bdi>
            </>
          )}
        </span>
      </span>
      {channel.settings["simulated"] === true && <span className={css["sub"]}>{t("channels.simulated")}</span>}
      <Chip mood={channel.enabled ? "good" : "off"}>{t(channel.enabled ? "channels.on" : "channels.off")}</Chip>
    </Link>
  );
}
