import { Button, Progress } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useChannels } from "../channels/data";
import { useWords } from "../i18n/owner";
import { Chip } from "../owner/Chip";
import { Guard } from "../owner/Guard";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Example } from "./Example";

const STEPS = [
  { id: "knowledge", path: "knowledge" },
  { id: "try", path: "bot" },
  { id: "channel", path: "channels/new" },
  { id: "first", path: "channels" },
  { id: "people", path: "people" },
  { id: "hours", path: "bot" },
] as const;
type Step = (typeof STEPS)[number]["id"];

/** The way from an empty company to the first answer with a source: what is done is seen, not ticked. */
export function Start() {
  const t = useWords();
  return (
    <Guard needs="channels:write" title={t("start.title")}>
      <Checklist />
    </Guard>
  );
}

function Checklist() {
  const t = useWords();
  const { tenant, slug, may } = useHere();
  const at = { params: { path: { tenant } } };
  const one = { params: { path: { tenant }, query: { limit: 2 } } };
  const channels = useChannels();
  const [documents, figures, members, calendars] = useQueries({
    // Whoever comes back from a step sees at once that it is done.
    queries: [
      { staleTime: 0, queryKey: ["start", tenant, "documents"], queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/documents", { params: { path: { tenant }, query: { limit: 1, status: "ready" } } })) },
      { staleTime: 0, queryKey: ["live", "start", tenant], queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/reports/{report}", { params: { path: { tenant, report: "responses" } } })) },
      { staleTime: 0, queryKey: ["start", tenant, "members"], queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/members", one)) },
      { staleTime: 0, queryKey: ["start", tenant, "calendars"], queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/calendars", at)) },
    ],
  });
  const answered = figures.data?.lines ?? [];
  const done: Record<Step, boolean> = {
    knowledge: (documents.data?.items.length ?? 0) > 0,
    try: answered.length > 0,
    channel: (channels.data?.items.length ?? 0) > 0,
    first: answered.some(({ label }) => label !== API_CHANNEL),
    people: (members.data?.items.length ?? 0) > 1,
    hours: (calendars.data?.items.length ?? 0) > 0,
  };
  const count = STEPS.filter(({ id }) => done[id]).length;
  return (
    <Page
      title={t("start.title")}
      action={
        <Button component={Link} to={`/${slug}/knowledge`} hash="tour-1" variant="default">
          {t("tour.begin")}
        </Button>
      }
    >
      <p>{t("start.text")}</p>
      <Loaded query={channels} n={6}>
        {() => (
          <>
            <Progress value={(100 * count) / STEPS.length} aria-label={t("start.title")} mb={4} />
            <p className={owner["sub"]}>{t("start.done", { n: count, all: STEPS.length })}</p>
            <ol className={owner["list"]}>
              {STEPS.map(({ id, path }) => (
                <li key={id} className={owner["card"]} data-step={id} data-done={done[id]}>
                  <span className={owner["grow"]}>
                    <strong>{t(`start.${id}`)}</strong>
                    <span className={owner["sub"]}>{t(`start.${id}Text`)}</span>
                  </span>
                  <Chip mood={done[id] ? "good" : "waits"}>{t(done[id] ? "start.isDone" : "start.isOpen")}</Chip>
                  <Button component={Link} to={`/${slug}/${path}`} size="compact-sm" variant={done[id] ? "default" : "filled"} aria-label={`${t("start.open")}: ${t(`start.${id}`)}`}>
                    {t("start.open")}
                  </Button>
                </li>
              ))}
            </ol>
            {count === STEPS.length && <Notice tone="done" title={t("start.all")} action={<Link to="/$tenant/overview" params={{ tenant: slug }}>{t("insight.overview")}</Link>} />}
          </>
        )}
      </Loaded>
      {may("tenant:write") && <Example />}
    </Page>
  );
}

/** What the hub calls the channel of its own chat API, by which the chat beside the bot's settings asks. */
const API_CHANNEL = "Chat API";
