import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { PLATFORM } from "../app/access";
import { useLocale } from "../i18n";
import { useWords, type OwnKey } from "../i18n/owner";
import { number } from "../i18n/speech";
import { bytes, duration, percent } from "../owner/amounts";
import { Chip } from "../owner/Chip";
import { Guard } from "../owner/Guard";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { Ago } from "../ui/Ago";
import { Page, Section } from "../ui/Page";
import { Rows } from "../ui/Rows";
import { Jobs } from "./Jobs";

type Facts = Schemas["System"];

/** How the deployment is doing: for those who run it. */
export function System() {
  const t = useWords();
  return (
    <Guard needs={PLATFORM} title={t("system.title")}>
      <Health />
    </Guard>
  );
}

function Health() {
  const t = useWords();
  const query = useQuery({
    queryKey: ["system"],
    queryFn: () => unwrap(api.GET("/api/v1/system")),
    refetchInterval: 5_000,
  });
  return (
    <Page title={t("system.title")} wide>
      <Loaded query={query} shape="tiles">
        {(facts) => <Shown facts={facts} />}
      </Loaded>
      <Jobs />
    </Page>
  );
}

function Tile({ figure, name, mood, value, children }: { figure: string; name: string; mood: "good" | "bad" | "off"; value: string; children: ReactNode }) {
  const t = useWords();
  return (
    <div className={owner["tile"]} data-figure={figure}>
      <span className={owner["sub"]}>{name}</span>
      <strong>{value}</strong>
      <Chip mood={mood}>{t(mood === "good" ? "system.well" : mood === "bad" ? "system.ill" : "system.without")}</Chip>
      <span className={owner["sub"]}>{children}</span>
    </div>
  );
}

function Shown({ facts }: { facts: Facts }) {
  const t = useWords();
  const locale = useLocale();
  const { database, redis, queues, processes, response_times: times } = facts;
  const ms = (value: number | null | undefined) => (value === null || value === undefined ? "–" : duration(locale, value / 1000));
  return (
    <>
      <div className={owner["tiles"]}>
        {database && (
          <Tile figure="database" name={t("system.database")} mood={database.ok ? "good" : "bad"} value={ms(database.answer_ms)}>
            {database.error ??
              t("system.databaseText", {
                version: database.version ?? "",
                size: bytes(locale, database.size_bytes ?? 0),
                used: database.connections ?? 0,
                most: database.max_connections ?? 0,
              })}
          </Tile>
        )}
        {redis && (
          <Tile figure="redis" name="Redis" mood={redis.ok ? "good" : redis.configured ? "bad" : "off"} value={ms(redis.answer_ms)}>
            {redis.configured ? (redis.error ?? t("system.redisText", { version: redis.version ?? "", n: redis.queued_long_work ?? 0 })) : t("system.noRedis")}
          </Tile>
        )}
        {times && (
          <Tile figure="answers" name={t("system.answers")} mood="good" value={ms(times.p95_ms)}>
            {t("system.answersText", { n: times.requests, p50: ms(times.p50_ms), p99: ms(times.p99_ms) })}
          </Tile>
        )}
        {times && (
          <Tile figure="errors" name={t("system.errors")} mood={times.failed > times.requests / 100 ? "bad" : "good"} value={times.requests === 0 ? "–" : percent(locale, times.failed / times.requests)}>
            {t("system.errorsText", { n: number(locale, times.failed), of: number(locale, times.requests) })}
          </Tile>
        )}
        <Tile figure="version" name={t("system.version")} mood="good" value={facts.version}>
          {t("system.up", { time: duration(locale, facts.uptime_seconds) })}
        </Tile>
      </div>
      {facts.models && <Providers models={facts.models} />}
      {queues && (
        <Section title={t("system.queues")}>
          <Rows minWidth={420} spacing="xs" columns={[t("own.kind"), { figure: t("system.due") }, { figure: t("system.running") }, { figure: t("system.oldest") }]}>
            {queues.map((queue) => (
              <Table.Tr key={queue.kind} data-queue={queue.kind}>
                <Table.Td>{QUEUES[queue.kind] ? t(QUEUES[queue.kind]!) : queue.kind}</Table.Td>
                <Table.Td className={owner["num"] ?? ""}>{number(locale, queue.due)}</Table.Td>
                <Table.Td className={owner["num"] ?? ""}>{number(locale, queue.running)}</Table.Td>
                <Table.Td className={owner["num"] ?? ""}>{queue.due ? duration(locale, queue.oldest_seconds) : "–"}</Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        </Section>
      )}
      {processes && (
        <Section title={t("system.processes")}>
          <Rows minWidth={520} spacing="xs" columns={[t("own.kind"), t("own.state"), t("system.where"), t("system.started")]}>
            {processes.map((one) => (
              <Table.Tr key={one.id} data-process={one.role}>
                <Table.Td>{ROLES[one.role] ? t(ROLES[one.role]!) : one.role}</Table.Td>
                <Table.Td>
                  <Chip mood={one.state === "alive" ? "good" : one.state === "draining" ? "waits" : "bad"}>{t(`system.${one.state}`)}</Chip>
                </Table.Td>
                <Table.Td>
                  <bdi>
                    {one.host} · {one.pid}
                  </bdi>
                </Table.Td>
                <Table.Td>
                  <Ago at={one.started_at} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        </Section>
      )}
    </>
  );
}

const QUEUES: Record<string, OwnKey> = { turn: "system.queue_turn", delivery: "system.queue_delivery", job: "system.queue_job", webhook: "system.queue_webhook" };
const ROLES: Record<string, OwnKey> = { web: "system.role_web", worker: "system.role_worker" };
const CIRCUITS = { closed: "good", half_open: "waits", open: "bad" } as const;

/** The servers of the chat models, as the hub last found them. */
function Providers({ models }: { models: NonNullable<Facts["models"]> }) {
  const t = useWords();
  return (
    <Section title={t("system.providers")}>
      {models.length === 0 ? (
        <p className={owner["sub"]}>{t("system.noProviders")}</p>
      ) : (
        <Rows minWidth={420} spacing="xs" columns={[t("system.model"), t("system.use"), t("own.state"), { figure: t("system.failures") }]}>
          {models.map((one) => (
            <Table.Tr key={`${one.use} ${one.model}`}>
              <Table.Th scope="row" fw={400} dir="ltr">
                {one.model}
              </Table.Th>
              <Table.Td>{t(`system.use_${one.use}`)}</Table.Td>
              <Table.Td>
                <Chip mood={CIRCUITS[one.circuit]}>{t(`system.circuit_${one.circuit}`)}</Chip>
                {one.error && <span className={owner["sub"]}>{one.error}</span>}
              </Table.Td>
              <Table.Td className={owner["num"] ?? ""}>{one.failures}</Table.Td>
            </Table.Tr>
          ))}
        </Rows>
      )}
    </Section>
  );
}
