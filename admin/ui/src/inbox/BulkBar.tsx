import { ActionIcon, Button, Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay, type TextKey } from "../i18n";
import { IconChevronDown, IconX } from "../ui/icons";
import { failed, refused, told } from "../ui/toast";
import type { Picked } from "./ConversationList";
import css from "./BulkBar.module.css";
import { look } from "./data";
import { snoozes } from "./snoozes";

type Action =
  | { type: "assign"; assignee: string | null }
  | { type: "resolve" }
  | { type: "return" }
  | { type: "read" }
  | { type: "snooze"; until: string };

/** One act on all that were picked; what could not be done is said with its reason, and all of it can be taken back. */
export function BulkBar({ picked }: { picked: Picked }) {
  const t = useSay();
  const client = useQueryClient();
  const { tenant, may } = useHere();
  const [busy, setBusy] = useState(false);

  const takeBack = async (done: readonly { id: string; undo?: string | null | undefined }[]) => {
    const results = await Promise.allSettled(
      done.flatMap(({ id, undo }) =>
        undo
          ? [
              unwrap(
                api.POST("/api/v1/tenants/{tenant}/conversations/{conversation}/undo", {
                  params: { path: { tenant, conversation: id } },
                  body: { token: undo },
                }),
              ),
            ]
          : [],
      ),
    );
    const lost = results.find((one) => one.status === "rejected");
    if (lost) failed(lost.reason, t("act.undoFailed"));
    else told(t("act.undone"));
    await look(client, tenant);
  };
  const act = async (action: Action) => {
    setBusy(true);
    try {
      const { items } = await unwrap(
        api.POST("/api/v1/tenants/{tenant}/conversations/bulk", {
          params: { path: { tenant } },
          body: { ids: [...picked.ids].slice(0, 100), action },
        }),
      );
      const done = items.filter((one) => one.ok);
      const not = items.filter((one) => !one.ok);
      if (done.length > 0) told(t("bulk.done", { n: done.length }), done.some((one) => one.undo) ? () => void takeBack(done) : undefined);
      if (not.length > 0) refused(t("bulk.notDone", { n: not.length, why: not[0]?.error?.detail ?? "" }));
      picked.clear();
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
      void look(client, tenant);
    }
  };
  return (
    <div className={css["bar"]} role="toolbar" aria-label={t("bulk.title")}>
      <span role="status" className={css["count"]}>
        {t("bulk.count", { n: picked.ids.size })}
      </span>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <Button size="compact-sm" loading={busy} rightSection={<IconChevronDown size={14} aria-hidden />}>
            {t("bulk.act")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={picked.all}>{t("bulk.all")}</Menu.Item>
          <Menu.Divider />
          {may("conversations:assign") && <Menu.Item onClick={() => void act({ type: "assign", assignee: "me" })}>{t("act.assignMe")}</Menu.Item>}
          {may("conversations:assign") && <Menu.Item onClick={() => void act({ type: "assign", assignee: null })}>{t("act.unassign")}</Menu.Item>}
          {may("conversations:return") && <Menu.Item onClick={() => void act({ type: "return" })}>{t("act.toBot")}</Menu.Item>}
          {may("conversations:resolve") && <Menu.Item onClick={() => void act({ type: "resolve" })}>{t("act.resolve")}</Menu.Item>}
          <Menu.Item onClick={() => void act({ type: "read" })}>{t("bulk.read")}</Menu.Item>
          {may("conversations:snooze") &&
            snoozes(new Date()).map(({ name, until }) => (
              <Menu.Item key={name} onClick={() => void act({ type: "snooze", until: until.toISOString() })}>
                {t("bulk.snooze", { until: t(`act.snooze_${name}` as TextKey) })}
              </Menu.Item>
            ))}
        </Menu.Dropdown>
      </Menu>
      <ActionIcon variant="subtle" color="gray" onClick={picked.clear} aria-label={t("bulk.clear")}>
        <IconX size={16} />
      </ActionIcon>
    </div>
  );
}
