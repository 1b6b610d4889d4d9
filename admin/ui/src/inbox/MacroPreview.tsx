// What a saved reply says to this customer and what it does afterwards, before anything of it happens.
import { ActionIcon, Button, Group, Skeleton } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere, useMe } from "../app/access";
import { useSay, type Say, type TextKey } from "../i18n";
import { useMembers, type Members } from "../people/members";
import { teamsQuery } from "../people/teams-query";
import { IconArrowLeft } from "../ui/icons";
import { Markdown } from "../ui/Markdown";
import { ProblemNotice } from "../ui/ProblemNotice";
import { failed, refused, told } from "../ui/toast";
import type { Macro } from "./Canned";
import css from "./Composer.module.css";
import { look, type Item } from "./data";
import { useLabels } from "./LabelMenu";
import { useNewestSeq } from "./useThread";

interface Props {
  item: Item;
  macro: Macro;
  back: () => void;
  edit: () => void;
  /** Called when it was sent and done. */
  done: () => void;
  choose: (text: string, note: boolean) => void;
}

export function MacroPreview({ item, macro, back, edit, done, choose }: Props) {
  const t = useSay();
  const { tenant } = useHere();
  const preview = useQuery({
    queryKey: ["macro", tenant, item.id, macro.id, macro.updated_at],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/conversations/{conversation}/macros/{macro}", {
          params: { path: { tenant, conversation: item.id, macro: macro.id } },
        }),
      ),
    staleTime: 10_000,
  });
  const filled = preview.data;
  const acts = useActWords(filled?.actions ?? []);
  return (
    <section aria-label={macro.name} className={css["preview"]}>
      <header className={css["bar"]}>
        <ActionIcon variant="subtle" color="gray" onClick={back} aria-label={t("macro.back")}>
          <IconArrowLeft size={16} className="mirrored" />
        </ActionIcon>
        <strong className={css["spring"]} dir="auto">
          {macro.name}
        </strong>
        <Button variant="subtle" size="compact-sm" onClick={edit}>
          {t("macro.edit")}
        </Button>
      </header>
      {preview.error && <ProblemNotice error={preview.error} retry={() => void preview.refetch()} />}
      {preview.isPending && <Skeleton height={60} />}
      {filled && (
        <>
          {filled.note && <p className={css["hint"]}>{t("macro.isNote")}</p>}
          {filled.text && (
            <div className={css["previewText"]}>
              <Markdown text={filled.text} />
            </div>
          )}
          {filled.missing.length > 0 && <p className={css["hint"]}>{t("macro.missing", { names: filled.missing.join(", ") })}</p>}
          {acts.length > 0 && (
            <>
              <p className={css["hint"]}>{t("macro.then")}</p>
              <ul className={css["steps"]}>
                {acts.map((words, n) => (
                  <li key={n}>{words}</li>
                ))}
              </ul>
            </>
          )}
          <Group gap="xs">
            {filled.text && (
              <Button size="compact-md" data-autofocus onClick={() => choose(filled.text, filled.note)}>
                {t("macro.insert")}
              </Button>
            )}
            {acts.length > 0 && <Use item={item} macro={macro} ready={filled.missing.length === 0} says={filled.text !== ""} done={done} />}
          </Group>
        </>
      )}
    </section>
  );
}

function Use({ item, macro, ready, says, done }: { item: Item; macro: Macro; ready: boolean; says: boolean; done: () => void }) {
  const t = useSay();
  const me = useMe();
  const { tenant } = useHere();
  const client = useQueryClient();
  const seen = useNewestSeq(item.id);
  const [busy, setBusy] = useState(false);
  const use = async () => {
    setBusy(true);
    try {
      const { steps } = await unwrap(
        api.POST("/api/v1/tenants/{tenant}/conversations/{conversation}/macros/{macro}", {
          params: { path: { tenant, conversation: item.id, macro: macro.id }, header: once() },
          body: { name: me.person.name, last_seen_seq: seen() },
        }),
      );
      const not = steps.find(({ ok }) => !ok);
      if (not) refused(t("macro.notAll", { why: not.error ?? "" }));
      else told(t("macro.done", { name: macro.name }));
      done();
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
      void look(client, tenant, item.id);
    }
  };
  return (
    <Button size="compact-md" variant="default" loading={busy} disabled={!ready} onClick={() => void use()}>
      {t(says ? "macro.use" : "macro.do")}
    </Button>
  );
}

type Step = Record<string, unknown>;

function useActWords(steps: readonly Step[]): string[] {
  const t = useSay();
  const { tenant } = useHere();
  const members = useMembers();
  const labels = useLabels();
  const teams = useQuery(teamsQuery(tenant)).data?.items ?? [];
  const named = (all: readonly { id: string; name: string }[], id: unknown) => all.find((one) => one.id === id)?.name ?? t("macro.gone");
  return steps.map((step) => {
    switch (step["type"]) {
      case "assign":
        return assigned(step["assignee"], members, t);
      case "team":
        return step["team"] === null ? t("macro.noTeam") : t("macro.team", { name: named(teams, step["team"]) });
      case "label":
      case "unlabel":
        return t(`macro.${step["type"]}`, { name: (step["labels"] as string[]).map((id) => named(labels, id)).join(", ") });
      default:
        return t(`macro.step_${String(step["type"])}` as TextKey);
    }
  });
}

function assigned(to: unknown, members: Members, t: Say): string {
  if (typeof to !== "string") return t("act.unassign");
  return to === "me" ? t("act.assignMe") : t("macro.assign", { name: members.nameOf(to) });
}
