import { Button, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { embedOf, useChannels, type Channel } from "../channels/data";
import { useWords } from "../i18n/owner";
import { CopyField } from "../owner/CopyField";
import { Guard } from "../owner/Guard";
import { Loaded } from "../owner/Loaded";
import { IconExternalLink } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { Page, Section } from "../ui/Page";
import { Designer } from "./Designer";

/** How a site's bubble looks and speaks, with a drawing that follows every change. */
export function Bubble() {
  const t = useWords();
  return (
    <Guard needs="channels:read" title={t("bubble.title")}>
      <Sites />
    </Guard>
  );
}

function Sites() {
  const t = useWords();
  const { slug } = useHere();
  const query = useChannels();
  return (
    <Page title={t("bubble.title")} wide>
      <Loaded query={query} shape="fields">
        {({ items }) => {
          const sites = items.filter((channel) => channel.site_key);
          return sites.length === 0 ? (
            <Notice tone="empty" title={t("bubble.none")} action={<Button component={Link} to={`/${slug}/channels/new/webchat`}>{t("bubble.connect")}</Button>}>
              {t("bubble.noneText")}
            </Notice>
          ) : (
            <Chosen sites={sites} />
          );
        }}
      </Loaded>
    </Page>
  );
}

function Chosen({ sites }: { sites: Channel[] }) {
  const t = useWords();
  const { tenant, slug } = useHere();
  const navigate = useNavigate();
  const { site: asked } = useSearch({ strict: false }) as { site?: string };
  const site = sites.find(({ id }) => id === asked) ?? sites[0]!;
  const query = useQuery({
    queryKey: ["site", tenant, site.id],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/channels/{channel}/site", { params: { path: { tenant, channel: site.id } } })),
  });
  return (
    <>
      {sites.length > 1 && (
        <Select
          label={t("bubble.site")}
          w={320}
          maw="100%"
          mb="lg"
          data={sites.map(({ id, name }) => ({ value: id, label: name }))}
          value={site.id}
          onChange={(value) => value && void navigate({ to: "/$tenant/bubble", params: { tenant: slug }, search: { site: value }, replace: true })}
        />
      )}
      <Loaded query={query} shape="fields" n={6}>
        {(settings) => <Designer key={site.id} site={site} kept={settings} />}
      </Loaded>
      <Section title={t("bubble.embedTitle")}>
        <CopyField label={t("channels.embed")} value={embedOf(site)} />
        <p>
          <Link to="/$tenant/channels/$channel" params={{ tenant: slug, channel: site.id }}>
            {t("bubble.origins")}
          </Link>
        </p>
        <Button component="a" href={`/chat/${site.site_key}`} target="_blank" rel="noreferrer" variant="default" rightSection={<IconExternalLink size={16} aria-hidden />}>
          {t("bubble.real")}
        </Button>
      </Section>
    </>
  );
}
