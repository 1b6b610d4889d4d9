import { Button, Group, Select, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { number } from "../i18n/speech";
import { useAct } from "../owner/act";
import { duration } from "../owner/amounts";
import { Chip, type Mood } from "../owner/Chip";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { Ago } from "../ui/Ago";
import { Notice } from "../ui/Notice";
import { Section } from "../ui/Page";
import { Rows } from "../ui/Rows";

type Job = Schemas["JobView"];
const KEY = ["system-jobs"] as const;
const MOODS: Record<Job["state"], Mood> = { waiting: "waits", running: "busy", done: "good", failed: "bad" };

/** Long work: what waits, runs and failed, and what comes by the clock. */
export function Jobs() {
  const t = useWords();
  const [state, setState] = useState<Job["state"] | "">("");
  const act = useAct(KEY);
  const query = useQuery({
    queryKey: [...KEY, state],
    queryFn: () => unwrap(api.GET("/api/v1/system/jobs", { params: { query: { limit: 50, ...(state ? { state } : {}) } } })),
    refetchInterval: 5_000,
  });
  const retry = (job: string) => act(() => unwrap(api.POST("/api/v1/system/jobs/{job}/retry", { params: { path: { job } } })), t("system.retried"));
  const cancel = (job: string) => act(() => unwrap(api.POST("/api/v1/system/jobs/{job}/cancel", { params: { path: { job } } })), t("system.cancelled"));
  return (
    <>
      <Section title={t("system.jobs")}>
        {query.data && <Counts counts={query.data.counts} />}
        <Select
          label={t("own.state")}
          w={220}
          mb="sm"
          data={[{ value: "", label: t("own.all") }, ...(Object.keys(MOODS) as Job["state"][]).map((value) => ({ value, label: t(`system.job_${value}`) }))]}
          value={state}
          onChange={(value) => setState((value ?? "") as Job["state"] | "")}
        />
        <Loaded query={query} shape="rows">
          {({ items }) =>
            items.length === 0 ? (
              <Notice tone="empty" title={t("system.noJobs")} />
            ) : (
              <Rows minWidth={560} spacing="xs" columns={[t("own.name"), t("own.state"), t("own.when"), { acts: t("own.actions") }]}>
                {items.map((job) => (
                  <Table.Tr key={job.id} data-job={job.state}>
                    <Table.Td>{job.name}</Table.Td>
                    <Table.Td>
                      <Chip mood={MOODS[job.state]}>{t(`system.job_${job.state}`)}</Chip>
                      {job.error && <span className={owner["sub"]}>{job.error}</span>}
                    </Table.Td>
                    <Table.Td>
                      <Ago at={job.created_at} />
                    </Table.Td>
                    <Table.Td>
                      <Group gap="xs" justify="flex-end">
                        {job.state === "failed" && (
                          <Button size="compact-sm" variant="default" onClick={() => void retry(job.id)}>
                            {t("error.retry")}
                          </Button>
                        )}
                        {(job.state === "waiting" || job.state === "running") && (
                          <Button size="compact-sm" variant="subtle" color="red" onClick={() => void cancel(job.id)}>
                            {t("system.cancel")}
                          </Button>
                        )}
                      </Group>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Rows>
            )
          }
        </Loaded>
      </Section>
      {query.data && <Schedule rows={query.data.schedule} />}
    </>
  );
}

/** How much waits, runs and has failed, of all tenants. */
function Counts({ counts }: { counts: Schemas["JobCountsView"] }) {
  const t = useWords();
  const locale = useLocale();
  return (
    <div className={owner["tiles"]}>
      {(["waiting", "running", "failed"] as const).map((state) => (
        <div key={state} className={owner["tile"]} data-jobs={state}>
          <Chip mood={state === "failed" && counts.failed === 0 ? "off" : MOODS[state]}>{t(`system.job_${state}`)}</Chip>
          <strong>{number(locale, counts[state])}</strong>
        </div>
      ))}
    </div>
  );
}

function Schedule({ rows }: { rows: Schemas["ScheduledView"][] }) {
  const t = useWords();
  const locale = useLocale();
  const act = useAct(KEY);
  const run = (name: string) => act(() => unwrap(api.POST("/api/v1/system/schedule/{name}/run", { params: { path: { name } } })), t("system.started_now"));
  return (
    <Section title={t("system.schedule")}>
      <Rows minWidth={560} spacing="xs" columns={[t("own.name"), t("system.every"), t("own.state"), t("system.last"), { acts: t("own.actions") }]}>
        {rows.map((row) => (
          <Table.Tr key={row.name}>
            <Table.Td>{row.name}</Table.Td>
            <Table.Td>{duration(locale, row.every_seconds)}</Table.Td>
            <Table.Td>
              <Chip mood={row.running ? "busy" : row.error ? "bad" : "good"}>{t(row.running ? "system.job_running" : row.error ? "system.job_failed" : "system.well")}</Chip>
              {row.error && <span className={owner["sub"]}>{row.error}</span>}
            </Table.Td>
            <Table.Td>{row.finished_at ? <Ago at={row.finished_at} /> : t("own.never")}</Table.Td>
            <Table.Td>
              <Button size="compact-sm" variant="default" onClick={() => void run(row.name)} aria-label={`${t("system.runNow")}: ${row.name}`}>
                {t("system.runNow")}
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </Rows>
    </Section>
  );
}
