import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { Chip } from "../owner/Chip";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { Ago } from "../ui/Ago";
import { Confirm } from "../ui/Confirm";
import { IconPlus } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { contestKey, useContest } from "./contest";
import { ContestCard } from "./ContestCard";
import { VersionForm } from "./VersionForm";
import { VersionView } from "./VersionView";
import { useVersions, versionsKey, type Version } from "./versions";

/** What the bot is told, in versions: written, compared, tried, put to use, and back again. */
export function Versions({ locked, saved }: { locked: boolean; saved: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const act = useAct(versionsKey(tenant), contestKey(tenant));
  const tried = useContest().data;
  const query = useVersions();
  const [written, setWritten] = useState(false);
  const [looked, setLooked] = useState<Version | null>(null);
  const [asked, setAsked] = useState(false);
  const items = query.data?.pages.flatMap((page) => page.items);
  const inUse = items?.find((one) => one.in_use);
  const use = async (prompt: string, version: number) => {
    const done = await act(
      () => unwrap(api.POST("/api/v1/tenants/{tenant}/prompts/{prompt}/use", { params: { path: { tenant, prompt }, header: once() } })),
      t("bot.versionUsed", { n: version }),
    );
    if (!done) return;
    setLooked(null);
    saved();
  };
  const useNone = async () => {
    if (await act(() => unwrap(api.DELETE("/api/v1/tenants/{tenant}/prompts/in-use", { params: { path: { tenant } } })), t("own.changed"))) saved();
  };
  const add = !locked && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setWritten(true)}>
      {t("bot.newVersion")}
    </Button>
  );
  return (
    <>
      <p className={owner["sub"]}>{t("bot.versionsText")}</p>
      <Listed
        shape="cards"
        pages={{
          items,
          error: query.data ? null : query.error,
          more: query.hasNextPage ? () => void query.fetchNextPage() : null,
          busy: query.isFetchingNextPage,
          again: () => void query.refetch(),
        }}
        empty={
          <>
            <ContestCard use={locked ? null : use} />
            <Notice tone="empty" title={t("bot.noVersions")} action={add}>
              {t("bot.noVersionsText")}
            </Notice>
          </>
        }
      >
        {(versions) => (
          <>
            <Group mb="md" gap="xs">
              {add}
              {inUse && !locked && (
                <Button variant="default" onClick={() => setAsked(true)}>
                  {t("bot.settingsAlone")}
                </Button>
              )}
            </Group>
            <ContestCard use={locked ? null : use} />
            {tried?.share === null && !locked && <p className={owner["sub"]}>{t("contest.hint")}</p>}
            <ul className={`${owner["list"]} ${owner["after"]}`}>
              {versions.map((one) => (
                <li key={one.id} className={owner["card"]} data-version={one.version}>
                  <span className={owner["grow"]}>
                    <strong>{t("bot.version", { n: one.version })}</strong>
                    <span className={owner["sub"]} dir="auto">
                      {one.note || one.instructions.split("\n")[0]}
                    </span>
                    <span className={owner["sub"]}>
                      <Ago at={one.created_at} />
                    </span>
                  </span>
                  {one.in_use && <Chip mood="good">{t("bot.inUse")}</Chip>}
                  {one.id === tried?.prompt_id && <Chip mood="busy">{t("contest.tried")}</Chip>}
                  <Button size="compact-sm" variant="default" onClick={() => setLooked(one)} aria-label={`${t("bot.look")}: ${t("bot.version", { n: one.version })}`}>
                    {t("bot.look")}
                  </Button>
                </li>
              ))}
            </ul>
          </>
        )}
      </Listed>
      {written && (
        <VersionForm
          from={inUse ?? null}
          close={(made) => {
            setWritten(false);
            if (made) setLooked(made);
          }}
        />
      )}
      {looked && <VersionView version={looked} others={items ?? []} use={locked ? null : () => use(looked.id, looked.version)} close={() => setLooked(null)} />}
      {asked && <Confirm title={t("bot.aloneAsk")} text={t("bot.aloneText")} act={t("bot.settingsAlone")} close={() => setAsked(false)} run={useNone} />}
    </>
  );
}
