import { Button, Group, Select, Table } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { Starting } from "../app/Starting";
import { Back } from "../channels/Connect";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { percent } from "../owner/amounts";
import { Chip, type Mood } from "../owner/Chip";
import { CopyField } from "../owner/CopyField";
import { Guard } from "../owner/Guard";
import { Listed } from "../owner/Listed";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { usePages } from "../owner/pages";
import { Ago } from "../ui/Ago";
import { Confirm } from "../ui/Confirm";
import { Notice } from "../ui/Notice";
import { Page, Section } from "../ui/Page";
import { ProblemNotice } from "../ui/ProblemNotice";
import { Rows } from "../ui/Rows";
import { failed, told } from "../ui/toast";
import { AgainByNumber } from "./AgainByNumber";
import { HookState, hooksKey, type Delivery, type Hook } from "./hooks";
import { WebhookForm } from "./WebhookForm";

/** One endpoint: is it well, what was sent, what became of it, and sending it again. */
export function WebhookPage() {
  const t = useWords();
  return (
    <Guard needs="events:read" title={t("hooks.title")}>
      <Fetched />
    </Guard>
  );
}

function Fetched() {
  const { tenant } = useHere();
  const { webhook } = useParams({ strict: false }) as { webhook: string };
  const query = useQuery({
    queryKey: [...hooksKey(tenant), webhook],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/webhooks/{webhook}", { params: { path: { tenant, webhook } } })),
    refetchInterval: 10_000,
  });
  if (query.error) return <ProblemNotice level={1} error={query.error} retry={() => void query.refetch()} />;
  return query.data ? <One hook={query.data} /> : <Starting />;
}

function One({ hook }: { hook: Hook }) {
  const t = useWords();
  const { tenant, slug, may } = useHere();
  const act = useAct(hooksKey(tenant));
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"change" | "remove" | "rotate" | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const path = { path: { tenant, webhook: hook.id } };
  const writes = may("events:write");
  const switchTo = (enabled: boolean) =>
    act(() => unwrap(api.PATCH("/api/v1/tenants/{tenant}/webhooks/{webhook}", { params: path, body: { enabled } })), t("own.changed"));
  const test = async () => {
    try {
      const came = await unwrap(api.POST("/api/v1/tenants/{tenant}/webhooks/{webhook}/test", { params: { ...path, header: once() } }));
      if (came.ok) told(t("hooks.testGood", { status: came.status ?? 200 }));
      else failed(new Error(), came.error ?? t("hooks.testBad"));
    } catch (error) {
      failed(error);
    }
  };
  const remove = async () => {
    if (!(await act(() => unwrap(api.DELETE("/api/v1/tenants/{tenant}/webhooks/{webhook}", { params: path })), t("hooks.removed")))) return;
    await navigate({ to: `/${slug}/webhooks` });
    client.removeQueries({ queryKey: [...hooksKey(tenant), hook.id] });
  };
  const rotate = async () => {
    const made = await unwrap(api.POST("/api/v1/tenants/{tenant}/webhooks/{webhook}/rotate", { params: { ...path, header: once() }, body: {} })).catch(failed);
    if (made) setSecret(made.secret);
  };
  return (
    <Page
      title={hook.description || new URL(hook.url).host}
      wide
      action={
        writes && (
          <Button variant="default" onClick={() => void test()}>
            {t("hooks.test")}
          </Button>
        )
      }
    >
      <Back to={`/${slug}/webhooks`} />
      <Group gap="md" mb="sm">
        <HookState hook={hook} />
        {writes && (
          <>
            <Button size="compact-sm" variant="default" onClick={() => void switchTo(!hook.enabled)}>
              {t(hook.enabled ? "hooks.switchOff" : "hooks.switchOn")}
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => setAsked("change")}>
              {t("hooks.change")}
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => setAsked("rotate")}>
              {t("hooks.rotate")}
            </Button>
            <Button size="compact-sm" variant="subtle" color="red" onClick={() => setAsked("remove")}>
              {t("act.remove")}
            </Button>
          </>
        )}
      </Group>
      {hook.disabled_reason && <p>{hook.disabled_reason}</p>}
      <CopyField label={t("hooks.url")} value={hook.url} />
      {secret && <CopyField label={t("hooks.secret")} text={t("hooks.rotatedText")} value={secret} />}
      <p className={owner["sub"]}>{hook.types.length === 0 ? t("hooks.every") : hook.types.join(", ")}</p>
      <Rates hook={hook} />
      <Deliveries hook={hook} />
      {asked === "change" && <WebhookForm hook={hook} close={() => setAsked(null)} />}
      {asked === "rotate" && (
        <Confirm title={t("hooks.rotateAsk")} text={t("hooks.rotateText")} act={t("hooks.rotate")} close={() => setAsked(null)} run={rotate} />
      )}
      {asked === "remove" && (
        <Confirm title={t("hooks.removeAsk")} text={t("hooks.removeText")} act={t("act.remove")} close={() => setAsked(null)} run={remove} />
      )}
    </Page>
  );
}

const RATED_DAYS = 7;

function Rates({ hook }: { hook: Hook }) {
  const t = useWords();
  const { tenant } = useHere();
  const query = useQuery({
    queryKey: [...hooksKey(tenant), hook.id, "rates"],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/webhooks/{webhook}/rates", { params: { path: { tenant, webhook: hook.id }, query: { days: RATED_DAYS } } })),
    refetchInterval: 10_000,
  });
  return (
    <Section title={t("hooks.rates", { n: RATED_DAYS })}>
      <Loaded query={query} shape="tiles" n={3}>
        {(rates) => <Rated rates={rates} />}
      </Loaded>
    </Section>
  );
}

function Rated({ rates }: { rates: Schemas["RatesView"] }) {
  const t = useWords();
  const locale = useLocale();
  const ended = rates.delivered + rates.dead;
  const tiles: [string, string, string, string][] = [
    ["delivered", t("hooks.rate"), ended ? percent(locale, rates.delivered / ended) : "–", t("hooks.rateText", { delivered: rates.delivered, ended })],
    ["first_try", t("hooks.first"), rates.delivered ? percent(locale, rates.first_try / rates.delivered) : "–", t("hooks.firstText")],
    ["waiting", t("hooks.waiting"), String(rates.waiting), t("hooks.waitingText")],
  ];
  return (
    <div className={owner["tiles"]}>
      {tiles.map(([figure, name, value, text]) => (
        <div key={figure} className={owner["tile"]} data-figure={figure}>
          <span className={owner["sub"]}>{name}</span>
          <strong>{value}</strong>
          <span className={owner["sub"]}>{text}</span>
        </div>
      ))}
    </div>
  );
}

const MOODS: Record<string, Mood> = { delivered: "good", dead: "bad", ready: "waits" };
type State = NonNullable<Schemas["DeliveriesQuery"]["state"]>;

function Deliveries({ hook }: { hook: Hook }) {
  const t = useWords();
  const { tenant, may } = useHere();
  const [state, setState] = useState<State | "">("");
  const [ranged, setRanged] = useState(false);
  const key = [...hooksKey(tenant), hook.id, "deliveries"];
  const act = useAct(key);
  const pages = usePages(
    [...key, state],
    (cursor) =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/webhooks/{webhook}/deliveries", {
          params: { path: { tenant, webhook: hook.id }, query: { limit: 50, ...(cursor ? { cursor: Number(cursor) } : {}), ...(state ? { state } : {}) } },
        }),
      ),
    5_000,
  );
  const replay = (one: Delivery) =>
    act(
      () => unwrap(api.POST("/api/v1/tenants/{tenant}/deliveries/{delivery}/replay", { params: { path: { tenant, delivery: one.id }, header: once() } })),
      t("hooks.replayed"),
    );
  return (
    <Section title={t("hooks.deliveries")}>
      <Group align="end" mb="sm">
        <Select
          label={t("own.state")}
          w={220}
          data={[{ value: "", label: t("own.all") }, ...(["ready", "delivered", "dead"] as const).map((value) => ({ value, label: t(`hooks.${value}`) }))]}
          value={state}
          onChange={(value) => setState((value ?? "") as State | "")}
        />
        {may("events:write") && (pages.items?.length ?? 0) > 0 && (
          <Button variant="default" onClick={() => setRanged(true)}>
            {t("hooks.range")}
          </Button>
        )}
      </Group>
      <Listed pages={pages} empty={<Notice tone="empty" title={t("hooks.noDeliveries")}>{t("hooks.noDeliveriesText")}</Notice>}>
        {(items) => (
          <Rows minWidth={640} columns={[t("hooks.event"), t("own.when"), t("own.state"), t("hooks.answer"), { acts: t("own.actions") }]}>
            {items.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  {one.type}
                  <span className={owner["sub"]}>{t("hooks.number", { n: one.event_seq })}</span>
                </Table.Td>
                <Table.Td>
                  <Ago at={one.created_at} />
                </Table.Td>
                <Table.Td>
                  <Chip mood={MOODS[one.state] ?? "waits"}>{t(`hooks.${one.state}` as "hooks.dead")}</Chip>
                  <span className={owner["sub"]}>{t("hooks.tries", { n: one.attempts })}</span>
                </Table.Td>
                <Table.Td>
                  {one.status ?? "–"}
                  {one.error && <span className={owner["sub"]}>{one.error}</span>}
                </Table.Td>
                <Table.Td>
                  {may("events:write") && (
                    <Button size="compact-sm" variant="default" onClick={() => void replay(one)} aria-label={`${t("hooks.replay")}: ${one.type} ${one.event_seq}`}>
                      {t("hooks.replay")}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        )}
      </Listed>
      {ranged && <AgainByNumber hook={hook} close={() => setRanged(false)} />}
    </Section>
  );
}
