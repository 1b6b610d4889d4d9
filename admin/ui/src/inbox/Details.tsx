// Beside the thread: why a person was asked for, who the customer is, what they wrote before, labels and attributes.
import { Accordion, Badge, Button, Skeleton } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { Ago } from "../ui/Ago";
import { ProblemNotice } from "../ui/ProblemNotice";
import { failed, told } from "../ui/toast";
import { AttributeFields, Typed, useAttributes, type Value } from "./Attributes";
import { BlockButton } from "./BlockButton";
import { look, useConversation, type Item } from "./data";
import css from "./Details.module.css";
import { HandedOver } from "./HandedOver";
import { Happened } from "./Happened";
import { useLabels } from "./LabelMenu";
import { StateChip } from "./StateChip";
import { channelLook, customerName, identityName, reasonWords } from "./words";

type Profile = Schemas["ContactProfile"];

export function Details({ conversation, list }: { conversation: string; list: string }) {
  const t = useSay();
  const item = useConversation(conversation).data;
  if (!item) return <aside className={css["pane"]} aria-label={t("inbox.details")} />; // why is said beside it
  return (
    <aside className={css["pane"]} aria-label={t("inbox.details")}>
      <Customer item={item} list={list} />
    </aside>
  );
}

function Customer({ item, list }: { item: Item; list: string }) {
  const t = useSay();
  const { tenant, may } = useHere();
  const labels = useLabels();
  const contact = item.contact_id;
  const profile = useQuery({
    queryKey: ["contact", tenant, contact],
    queryFn: () =>
      unwrap(api.GET("/api/v1/tenants/{tenant}/contacts/{contact}", { params: { path: { tenant, contact: contact! } } })),
    enabled: contact !== null && may("contacts:read"),
    staleTime: 30_000,
  });
  const own = labels.filter(({ id }) => item.labels.includes(id));
  return (
    <>
      <header className={css["head"]}>
        <h2 className={css["name"]}>
          <bdi>{customerName(item, t)}</bdi>
        </h2>
        {profile.data?.blocked && (
          <Badge color="red" variant="light">
            {t("details.blocked")}
          </Badge>
        )}
      </header>
      <Accordion multiple defaultValue={["why", "customer", "labels", "before"]} chevronPosition="right" classNames={{ content: css["content"] ?? "", control: css["control"] ?? "" }}>
        <Section id="why" title={t("details.conversation")}>
          <dl className={css["facts"]}>
            {item.handoff_at && (
              <Fact name={t("details.handoff")}>
                {reasonWords(item.handoff_reason, t)} · <Ago at={item.handoff_at} />
              </Fact>
            )}
            {item.waiting_since && (
              <Fact name={t("details.waitingSince")}>
                <Ago at={item.waiting_since} />
              </Fact>
            )}
            <Fact name={t("details.opened")}>
              <Ago at={item.opened_at} />
            </Fact>
            <Fact name={t("inbox.channel")}>
              <bdi>{item.channel.name}</bdi>
            </Fact>
          </dl>
          <OwnFacts item={item} />
          {item.handoff_at && may("conversations:read_all") && <HandedOver conversation={item.id} />}
        </Section>
        <Section id="customer" title={t("details.customer")}>
          {contact === null ? (
            <p className={css["quiet"]}>{t("details.noCustomer")}</p>
          ) : profile.error ? (
            <ProblemNotice error={profile.error} retry={() => void profile.refetch()} />
          ) : profile.data ? (
            <Known profile={profile.data} conversation={item.id} />
          ) : (
            <Skeleton height={14} aria-busy="true" />
          )}
        </Section>
        <Section id="labels" title={t("details.labels")}>
          {own.length === 0 ? (
            <p className={css["quiet"]}>{t("details.noLabels")}</p>
          ) : (
            <div className={css["labels"]}>
              {own.map((label) => (
                <Badge key={label.id} variant="outline" color="gray" tt="none" fw={500}>
                  {label.name}
                </Badge>
              ))}
            </div>
          )}
        </Section>
        <Section id="before" title={t("details.before")}>
          {contact && <Before contact={contact} item={item} list={list} />}
        </Section>
        <Section id="happened" title={t("details.happened")}>
          <Happened conversation={item.id} />
        </Section>
      </Accordion>
      {contact && profile.data && may("contacts:block") && <BlockButton profile={profile.data} conversation={item.id} />}
    </>
  );
}

function Section({ id, title, children }: { id: string; title: string; children: React.ReactNode }) {
  return (
    <Accordion.Item value={id}>
      <Accordion.Control>{title}</Accordion.Control>
      <Accordion.Panel>{children}</Accordion.Panel>
    </Accordion.Item>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What the tenant itself wants to know about a conversation. */
function OwnFacts({ item }: { item: Item }) {
  const { tenant, may } = useHere();
  const client = useQueryClient();
  const attributes = useAttributes("conversation");
  if (attributes.length === 0) return null;
  const save = async (key: string, value: Value) => {
    await unwrap(
      api.PATCH("/api/v1/tenants/{tenant}/conversations/{conversation}", {
        params: { path: { tenant, conversation: item.id } },
        body: { attributes: { [key]: value } },
      }),
    );
    await look(client, tenant, item.id);
  };
  return <AttributeFields attributes={attributes} values={item.attributes} locked={!may("conversations:label")} save={save} />;
}

function Known({ profile, conversation }: { profile: Profile; conversation: string }) {
  const t = useSay();
  const { tenant, may } = useHere();
  const client = useQueryClient();
  const attributes = useAttributes("contact");
  const defined = new Set(attributes.map(({ key }) => key));
  const own = Object.entries(profile.attributes).filter(([name]) => !defined.has(name));
  const locked = !may("contacts:write");
  const change = async (body: Schemas["ContactChange"]) => {
    await unwrap(api.PATCH("/api/v1/tenants/{tenant}/contacts/{contact}", { params: { path: { tenant, contact: profile.id } }, body }));
    await Promise.all([client.invalidateQueries({ queryKey: ["contact", tenant, profile.id] }), look(client, tenant, conversation)]);
  };
  const rename = async (name: Value) => {
    try {
      await change({ name: String(name ?? ""), attributes: {} });
      told(t("act.saved"));
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  return (
    <>
      <div className={css["attributes"]}>
        <Typed label={t("details.name")} type="text" value={profile.name} locked={locked} keep={rename} />
      </div>
      <AttributeFields attributes={attributes} values={profile.attributes} locked={locked} save={(key, value) => change({ attributes: { [key]: value } })} />
      <dl className={css["facts"]}>
        {profile.identities.map(({ kind, value }) => (
          <Fact key={`${kind}${value}`} name={identityName(kind, t)}>
            <bdi>{value}</bdi>
          </Fact>
        ))}
        {profile.locale && <Fact name={t("details.language")}>{profile.locale}</Fact>}
        {profile.opted_out_at && (
          <Fact name={t("details.optedOut")}>
            <Ago at={profile.opted_out_at} />
          </Fact>
        )}
        {own.map(([name, value]) => (
          <Fact key={name} name={name}>
            <bdi>{typeof value === "string" ? value : JSON.stringify(value)}</bdi>
          </Fact>
        ))}
        {profile.linked.map((other) => (
          <Fact key={other.id} name={t("details.linked")}>
            <bdi>{other.name ?? t("details.nameless")}</bdi>
          </Fact>
        ))}
      </dl>
    </>
  );
}

function Before({ contact, item, list }: { contact: string; item: Item; list: string }) {
  const t = useSay();
  const { tenant, slug } = useHere();
  const query = useQuery({
    queryKey: ["contact", tenant, contact, "conversations"],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/contacts/{contact}/conversations", {
          params: { path: { tenant, contact }, query: { limit: 10 } },
        }),
      ),
    staleTime: 30_000,
  });
  if (query.isPending) return <Skeleton height={14} aria-busy="true" />;
  if (!query.data) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  const others = query.data.items.filter(({ id }) => id !== item.id);
  if (others.length === 0) return <p className={css["quiet"]}>{t("details.first")}</p>;
  return (
    <ul className={css["before"]}>
      {others.map((one) => (
        <li key={one.id}>
          <Button
            component={Link}
            to={`/${slug}/inbox/${list}/${one.id}`}
            variant="subtle"
            color="gray"
            fullWidth
            h="auto"
            justify="flex-start"
            classNames={{ label: css["beforeLabel"] ?? "" }}
          >
            <span className={css["beforeText"]} dir="auto">
              {one.last_message?.text || channelLook(one.channel.kind).name}
            </span>
            <span className={css["beforeFoot"]}>
              <StateChip state={one.state} /> <Ago at={one.opened_at} />
            </span>
          </Button>
        </li>
      ))}
    </ul>
  );
}
