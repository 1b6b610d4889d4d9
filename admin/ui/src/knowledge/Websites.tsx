import { Button, Group, Modal, NumberInput, Progress, Select, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { duration } from "../owner/amounts";
import { Chip, type Mood } from "../owner/Chip";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { Ago } from "../ui/Ago";
import { Confirm } from "../ui/Confirm";
import { FormProblem } from "../ui/FormProblem";
import { IconPause, IconPlay, IconPlus, IconStop, IconWorld } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { useSend } from "../ui/useSend";
import { BUSY_PACE, documentsKey, sourcesKey, useContexts, type Source } from "./data";
import css from "./knowledge.module.css";

/** Websites that are read page by page, with how far that is. */
export function Websites() {
  const t = useWords();
  const { tenant, may } = useHere();
  const [adding, setAdding] = useState(false);
  const pages = usePages(
    sourcesKey(tenant),
    (cursor) => unwrap(api.GET("/api/v1/tenants/{tenant}/sources", { params: { path: { tenant }, query: part(cursor) } })),
    (items) => (items.some(({ state }) => state === "running") ? BUSY_PACE : false),
  );
  const add = may("knowledge:write") && (
    <Button variant="default" leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setAdding(true)}>
      {t("knowledge.addSite")}
    </Button>
  );
  return (
    <>
      <Listed
        shape="cards"
        pages={pages}
        empty={
          <Notice tone="empty" title={t("knowledge.noSites")} action={add}>
            {t("knowledge.noSitesText")}
          </Notice>
        }
      >
        {(items) => (
          <>
            <ul className={owner["list"]}>
              {items.map((source) => (
                <li key={source.id}>
                  <SourceCard source={source} />
                </li>
              ))}
            </ul>
            <Group mt="md">{add}</Group>
          </>
        )}
      </Listed>
      {adding && <NewSite close={() => setAdding(false)} />}
    </>
  );
}

const MOODS: Record<string, Mood> = { running: "busy", paused: "off" };

function SourceCard({ source }: { source: Source }) {
  const t = useWords();
  const locale = useLocale();
  const { tenant, may } = useHere();
  const act = useAct(sourcesKey(tenant), documentsKey(tenant));
  const [asked, setAsked] = useState(false);
  const at = { params: { path: { tenant, source: source.id }, header: once() } };
  const { waiting, read, unchanged, skipped, failed } = source.pages;
  const done = read + unchanged + skipped + failed;
  const running = source.state === "running";
  const state = running ? "running" : source.state === "paused" ? "paused" : source.finished_at ? "read" : "idle";
  const start = () => unwrap(api.POST("/api/v1/tenants/{tenant}/sources/{source}/start", at));
  const pause = () => unwrap(api.POST("/api/v1/tenants/{tenant}/sources/{source}/pause", at));
  const stop = () => unwrap(api.POST("/api/v1/tenants/{tenant}/sources/{source}/stop", at));
  const run = (what: () => Promise<unknown>) => void act(what);
  return (
    <section className={owner["card"]} aria-label={source.name}>
      <IconWorld size={24} stroke={1.5} aria-hidden />
      <div className={owner["grow"]}>
        <strong>
          <bdi>{source.name}</bdi>
        </strong>
        <bdi className={owner["sub"]}>{source.url}</bdi>
        <div className={css["counts"]} aria-live="polite">
          <Chip mood={MOODS[state] ?? (source.error ? "bad" : state === "read" ? "good" : "waits")}>{t(`knowledge.site_${state}`)}</Chip>
          {(done > 0 || running) && <span>{t("knowledge.pagesRead", { n: read })}</span>}
          {unchanged > 0 && <span>{t("knowledge.pagesUnchanged", { n: unchanged })}</span>}
          {waiting > 0 && <span>{t("knowledge.pagesWaiting", { n: waiting })}</span>}
          {skipped > 0 && <span>{t("knowledge.pagesSkipped", { n: skipped })}</span>}
          {failed > 0 && <span>{t("knowledge.pagesFailed", { n: failed })}</span>}
          {source.finished_at && !running && <Ago at={source.finished_at} />}
          {source.every_hours && <span>{t("knowledge.every", { time: duration(locale, source.every_hours * 3600) })}</span>}
        </div>
        {running && <Progress value={done + waiting > 0 ? (100 * done) / (done + waiting) : 0} mt={8} aria-label={t("knowledge.site_running")} />}
        {source.error && <span className={css["wrong"]}>{source.error}</span>}
      </div>
      {may("knowledge:write") && (
        <Group gap="xs">
          {!running && (
            <Button size="compact-sm" variant="default" leftSection={<IconPlay size={14} aria-hidden />} onClick={() => run(start)}>
              {t(source.state === "paused" ? "knowledge.goOn" : done > 0 ? "knowledge.readAgain" : "knowledge.start")}
            </Button>
          )}
          {running && (
            <Button size="compact-sm" variant="default" leftSection={<IconPause size={14} aria-hidden />} onClick={() => run(pause)}>
              {t("knowledge.pause")}
            </Button>
          )}
          {source.state !== "idle" && (
            <Button size="compact-sm" variant="default" leftSection={<IconStop size={14} aria-hidden />} onClick={() => run(stop)}>
              {t("knowledge.stop")}
            </Button>
          )}
          <Button size="compact-sm" variant="subtle" color="red" onClick={() => setAsked(true)} aria-label={`${t("act.remove")}: ${source.name}`}>
            {t("act.remove")}
          </Button>
        </Group>
      )}
      {asked && (
        <Confirm
          title={t("knowledge.siteDeleteAsk", { name: source.name })}
          text={t("knowledge.siteDeleteText")}
          act={t("act.remove")}
          close={() => setAsked(false)}
          run={async () =>
            void (await act(
              () => unwrap(api.DELETE("/api/v1/tenants/{tenant}/sources/{source}", { params: { path: { tenant, source: source.id } } })),
              t("knowledge.deleted", { name: source.name }),
            ))
          }
        />
      )}
    </section>
  );
}

function NewSite({ close }: { close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(sourcesKey(tenant));
  const contexts = useContexts().data?.items ?? [];
  const [url, setUrl] = useState("");
  const [name, setName] = useState("");
  const [context, setContext] = useState<string | null>(null);
  const [depth, setDepth] = useState<number | string>(3);
  const [pages, setPages] = useState<number | string>(200);
  const [hours, setHours] = useState<number | string>("");
  const { busy, refused, wrong, send, forget } = useSend<Source>(["url", "name", "max_depth", "max_pages", "every_hours"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const made = await send(async () => {
      const body = {
        url: url.trim(),
        ...(name.trim() ? { name: name.trim() } : {}),
        ...(context ? { context } : {}),
        max_depth: Number(depth),
        max_pages: Number(pages),
        ...(hours === "" ? {} : { every_hours: Number(hours) }),
      };
      const source = await unwrap(api.POST("/api/v1/tenants/{tenant}/sources", { params: { path: { tenant }, header: once() }, body }));
      const at = { params: { path: { tenant, source: source.id }, header: once() } };
      return unwrap(api.POST("/api/v1/tenants/{tenant}/sources/{source}/start", at));
    });
    if (!made) return;
    await act(async () => {}, t("knowledge.siteStarted", { name: made.name }));
    close();
  };
  return (
    <Modal opened onClose={close} title={t("knowledge.addSite")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <FormProblem>{refused}</FormProblem>
          <TextInput
            label={t("knowledge.siteAddress")}
            description={t("knowledge.siteAddressText")}
            type="url"
            placeholder="https://shop.example"
            required
            data-autofocus
            value={url}
            error={wrong["url"]}
            onChange={(event) => {
              setUrl(event.currentTarget.value);
              forget("url");
            }}
          />
          <TextInput label={`${t("own.name")} (${t("own.optional")})`} maxLength={200} value={name} error={wrong["name"]} onChange={(event) => setName(event.currentTarget.value)} />
          {contexts.length > 0 && (
            <Select
              label={`${t("knowledge.context")} (${t("own.optional")})`}
              data={contexts.map((one) => one.name)}
              value={context}
              onChange={setContext}
              clearable
              clearButtonProps={{ "aria-label": t("act.clear") }}
            />
          )}
          <Group grow align="start">
            <NumberInput label={t("knowledge.maxPages")} min={1} max={10_000} value={pages} onChange={setPages} error={wrong["max_pages"]} />
            <NumberInput label={t("knowledge.maxDepth")} min={0} max={20} value={depth} onChange={setDepth} error={wrong["max_depth"]} />
          </Group>
          <NumberInput
            label={`${t("knowledge.everyHours")} (${t("own.optional")})`}
            description={t("knowledge.everyHoursText")}
            min={1}
            max={8_760}
            value={hours}
            onChange={setHours}
            error={wrong["every_hours"]}
          />
          <Button type="submit" loading={busy} disabled={url.trim() === ""}>
            {t("knowledge.readSite")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
