import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords, type OwnKey } from "../i18n/owner";
import { number } from "../i18n/speech";
import { reasonWords } from "../inbox/words";
import { usePace } from "../live/LiveProvider";
import { decimal, duration, money, percent } from "../owner/amounts";
import { Guard } from "../owner/Guard";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { Notice } from "../ui/Notice";
import { Page, Section } from "../ui/Page";
import { Bars } from "./Bars";
import { SpanChoice } from "./SpanChoice";
import { useSpan } from "./span";

type Figures = Schemas["OverviewView"];

/** How it goes: what came in, who answered how fast, what it cost. */
export function Overview() {
  const t = useWords();
  return (
    <Guard needs="reports:read" title={t("insight.overview")}>
      <Shown />
    </Guard>
  );
}

function Shown() {
  const t = useWords();
  const { tenant } = useHere();
  const [span, change] = useSpan();
  const pace = usePace();
  const query = useQuery({
    // A hint that something happened has it counted again.
    queryKey: ["live", "overview", tenant, span.query],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/reports/overview", { params: { path: { tenant }, query: span.query } })),
    refetchInterval: Math.min(pace, 15_000),
    placeholderData: (before) => before,
  });
  return (
    <Page title={t("insight.overview")} wide>
      <SpanChoice span={span} change={change} />
      <Loaded query={query} shape="tiles" n={10}>
        {(figures) => <Tiles figures={figures} />}
      </Loaded>
    </Page>
  );
}

function Tiles({ figures }: { figures: Figures }) {
  const t = useWords();
  const locale = useLocale();
  const { slug } = useHere();
  const share = (part: number, whole: number) => (whole === 0 ? "–" : percent(locale, part / whole));
  const n = (value: number) => number(locale, value);
  const thumbs = figures.thumbs_up + figures.thumbs_down;
  const tiles: [string, OwnKey, string, string][] = [
    ["opened", "insight.opened", n(figures.opened), t("insight.messages", { in: n(figures.messages_in), out: n(figures.messages_out) })],
    ["open", "insight.openNow", n(figures.open), t("insight.waitingNow", { n: figures.waiting })],
    ["first_response", "insight.firstResponse", figures.first_response_seconds === null ? "–" : duration(locale, figures.first_response_seconds), t("insight.firstResponseText")],
    ["resolved_by_bot", "insight.byBot", share(figures.resolved_by_bot, figures.resolved), t("insight.ofResolved", { part: n(figures.resolved_by_bot), whole: n(figures.resolved) })],
    ["resolved_by_people", "insight.byPeople", share(figures.resolved_by_people, figures.resolved), t("insight.ofResolved", { part: n(figures.resolved_by_people), whole: n(figures.resolved) })],
    ["handoffs", "insight.handoffs", n(figures.handoffs), t("insight.ofOpened", { share: share(figures.handoffs, figures.opened) })],
    ["satisfaction", "insight.satisfaction", share(figures.thumbs_up, thumbs), t("insight.thumbs", { up: n(figures.thumbs_up), down: n(figures.thumbs_down) })],
    ["rating", "insight.rating", figures.rating === null ? "–" : t("insight.ofFive", { mean: decimal(locale, figures.rating) }), t("insight.ratings", { n: figures.ratings })],
    ["support", "insight.support", figures.support === null ? "–" : percent(locale, figures.support), t("insight.supportText")],
    ["cost", "insight.cost", figures.cost === null ? "–" : money(locale, figures.cost, figures.currency ?? "USD"), t("insight.costText")],
  ];
  if (figures.opened === 0 && figures.messages_in === 0 && figures.open === 0) {
    return (
      <Notice tone="empty" title={t("insight.nothing")} action={<Link to="/$tenant/channels" params={{ tenant: slug }}>{t("insight.toChannels")}</Link>}>
        {t("insight.nothingText")}
      </Notice>
    );
  }
  return (
    <>
      <div className={owner["tiles"]} aria-live="off">
        {tiles.map(([id, label, value, text]) => (
          <div key={id} className={owner["tile"]} data-figure={id}>
            <span className={owner["sub"]}>{t(label)}</span>
            <strong>{value}</strong>
            <span className={owner["sub"]}>{text}</span>
          </div>
        ))}
      </div>
      {figures.reasons.length > 0 && (
        <Section title={t("insight.reasons")}>
          <Bars
            title={t("insight.reasons")}
            bars={figures.reasons.map((one) => ({
              label: reasonWords(one.reason, t) ?? one.reason,
              value: one.count,
              text: one.median_seconds === null ? n(one.count) : t("insight.afterTime", { n: n(one.count), time: duration(locale, one.median_seconds) }),
            }))}
          />
        </Section>
      )}
      <p>
        <Link to="/$tenant/reports" params={{ tenant: slug }}>{t("insight.toReports")}</Link>
      </p>
    </>
  );
}
