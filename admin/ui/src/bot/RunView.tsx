import { Modal, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { Rows } from "../ui/Rows";
import { evaluationsKey, type Run } from "./Evaluations";

/** A run: its figures beside those of the run before, and the questions that came out otherwise. */
export function RunView({ run, close }: { run: Run; close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const at = { params: { path: { tenant, run: run.id } } };
  const compared = useQuery({
    queryKey: [...evaluationsKey(tenant), "comparison", run.id],
    // A first run has nothing to be compared with, which is no failure.
    queryFn: async () => (await api.GET("/api/v1/tenants/{tenant}/evaluation-runs/{run}/comparison", at)).data ?? null,
  });
  const bad = useQuery({
    queryKey: [...evaluationsKey(tenant), "bad", run.id],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/evaluation-runs/{run}/outcomes", { params: { ...at.params, query: { good: false, limit: 50 } } })),
  });
  return (
    <Modal opened onClose={close} size="xl" title={run.prompt === null ? t("evaluation.bySettings") : t("bot.version", { n: run.prompt })} closeButtonProps={{ "aria-label": t("act.close") }}>
      <Loaded query={compared} shape="rows">
        {(found) => <Measured run={run} before={found?.figures ?? []} />}
      </Loaded>
      {compared.data && (
        <>
          <Changed title={t("evaluation.better")} items={compared.data.better} />
          <Changed title={t("evaluation.worse")} items={compared.data.worse} />
        </>
      )}
      <h3>{t("evaluation.notGood")}</h3>
      <Loaded query={bad} shape="rows" n={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={owner["sub"]}>{t("evaluation.allGood")}</p>
          ) : (
            <ul>
              {items.map((one) => (
                <li key={one.case_id}>
                  <strong dir="auto">{one.question}</strong> – {t(`evaluation.${one.kind}`)}
                  <p className={owner["sub"]} dir="auto">
                    {one.text}
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Modal>
  );
}

function Measured({ run, before }: { run: Run; before: Schemas["DifferenceView"][] }) {
  const t = useWords();
  const locale = useLocale();
  const was = new Map(before.map((one) => [one.figure, one.before]));
  const missed = new Map(run.missed.map((one) => [one.figure, one.bound]));
  const show = (value: number | null | undefined) => (value == null ? "–" : new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(value));
  return (
    <Rows minWidth={420} spacing="xs" columns={[t("evaluation.figure"), { figure: t("evaluation.now") }, { figure: t("evaluation.before") }, { figure: t("evaluation.bound") }]}>
      {Object.entries(run.figures).map(([name, value]) => (
        <Table.Tr key={name} data-missed={missed.has(name) || undefined}>
          <Table.Th scope="row">{name.replaceAll("_", " ")}</Table.Th>
          <Table.Td className={owner["num"]}>{show(value)}</Table.Td>
          <Table.Td className={owner["num"]}>{show(was.get(name))}</Table.Td>
          <Table.Td className={owner["num"]}>{show(missed.get(name))}</Table.Td>
        </Table.Tr>
      ))}
    </Rows>
  );
}

function Changed({ title, items }: { title: string; items: Schemas["ChangedView"][] }) {
  const t = useWords();
  if (items.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {items.map(({ before, after }) => (
          <li key={after.case_id}>
            <strong dir="auto">{after.question}</strong> – {t("evaluation.from", { before: t(`evaluation.${before.kind}`), after: t(`evaluation.${after.kind}`) })}
          </li>
        ))}
      </ul>
    </section>
  );
}
