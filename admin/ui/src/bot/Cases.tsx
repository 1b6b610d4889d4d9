import { Button, Modal, Select, Table } from "@mantine/core";
import { api, once, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { useAct } from "../owner/act";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { Notice } from "../ui/Notice";
import { Rows } from "../ui/Rows";
import { told } from "../ui/toast";
import { evaluationsKey } from "./Evaluations";

type Case = Schemas["CaseView"];
const EXPECTED = ["answer", "refusal", "undecided"] as const;

/** A set's questions: what each must end in, changed here, and those that do not belong taken out. */
export function Cases({ set, locked, close }: { set: Schemas["SetView"]; locked: boolean; close: () => void }) {
  const t = useWords();
  const { tenant } = useHere();
  const path = { tenant, data_set: set.id };
  const act = useAct(evaluationsKey(tenant));
  const pages = usePages([...evaluationsKey(tenant), set.id, "cases"], (cursor) =>
    unwrap(api.GET("/api/v1/tenants/{tenant}/evaluation-sets/{data_set}/cases", { params: { path, query: part(cursor) } })),
  );
  const judge = (one: Case, expect: Case["expect"]) =>
    act(() => unwrap(api.PATCH("/api/v1/tenants/{tenant}/evaluation-sets/{data_set}/cases/{case}", { params: { path: { ...path, case: one.id } }, body: { expect } })), t("own.changed"));
  const putBack = ({ question, expect, sources, note }: Case) =>
    act(() => unwrap(api.POST("/api/v1/tenants/{tenant}/evaluation-sets/{data_set}/cases", { params: { path, header: once() }, body: { cases: [{ question, expect, sources, note }] } })));
  const remove = async (one: Case) => {
    const gone = await act(() => unwrap(api.DELETE("/api/v1/tenants/{tenant}/evaluation-sets/{data_set}/cases/{case}", { params: { path: { ...path, case: one.id } } })));
    if (gone) told(t("evaluation.caseRemoved"), () => void putBack(one));
  };
  return (
    <Modal opened onClose={close} size="xl" title={set.name} closeButtonProps={{ "aria-label": t("act.close") }}>
      <Listed pages={pages} empty={<Notice tone="empty" title={t("evaluation.noCases")}>{t("evaluation.noCasesText")}</Notice>}>
        {(items) => (
          <Rows minWidth={420} columns={[t("evaluation.questions"), t("evaluation.expected"), { acts: t("own.actions") }]}>
            {items.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td dir="auto">
                  {one.question}
                  {one.note && <span className={owner["sub"]}>{one.note}</span>}
                </Table.Td>
                <Table.Td>
                  <Select
                    size="xs"
                    aria-label={`${t("evaluation.expected")}: ${one.question}`}
                    data={EXPECTED.map((value) => ({ value, label: t(`evaluation.expect_${value}`) }))}
                    value={one.expect}
                    allowDeselect={false}
                    disabled={locked}
                    onChange={(value) => value && value !== one.expect && void judge(one, value as Case["expect"])}
                  />
                </Table.Td>
                <Table.Td>
                  {!locked && (
                    <Button size="compact-sm" variant="subtle" color="red" onClick={() => void remove(one)} aria-label={`${t("act.remove")}: ${one.question}`}>
                      {t("act.remove")}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        )}
      </Listed>
    </Modal>
  );
}
