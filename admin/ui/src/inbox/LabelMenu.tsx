import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { useAction } from "../keys/KeyHost";
import { matching } from "../keys/matching";
import { IconPlus, IconSettings, IconTag } from "../ui/icons";
import { MenuWithField } from "../ui/MenuWithField";
import { failed } from "../ui/toast";
import { useActs } from "./acts";
import type { Item } from "./data";

const LabelEditor = lazy(() => import("./LabelEditor"));

export function useLabels() {
  const { tenant } = useHere();
  return (
    useQuery({
      queryKey: ["labels", tenant],
      queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/labels", { params: { path: { tenant } } })),
      staleTime: 60_000,
    }).data?.items ?? []
  );
}

/** Puts labels on and takes them off; a name that is not there yet can be made by whoever may. */
export function LabelMenu({ item }: { item: Item }) {
  const t = useSay();
  const { tenant, may } = useHere();
  const client = useQueryClient();
  const labels = useLabels();
  const acts = useActs(item.id);
  const [opened, setOpened] = useState(false);
  const [words, setWords] = useState("");
  const [editing, setEditing] = useState(false);
  const allowed = may("conversations:label");
  useAction("label", allowed ? () => setOpened(true) : null);
  if (!allowed) return null;
  const on = new Set<string>(item.labels);
  const name = words.trim();
  const makes = may("labels:manage");
  const found = matching([...labels], words);
  const isNew = makes && name !== "" && !labels.some((one) => one.name.toLocaleLowerCase() === name.toLocaleLowerCase());
  const make = async () => {
    try {
      const made = await unwrap(api.POST("/api/v1/tenants/{tenant}/labels", { params: { path: { tenant } }, body: { name, color: "#536272" } }));
      await client.invalidateQueries({ queryKey: ["labels", tenant] });
      await acts.label([made.id], []);
      setWords("");
    } catch (error) {
      failed(error);
    }
  };
  return (
    <>
      <Menu opened={opened} onChange={setOpened} onClose={() => setWords("")} position="bottom-end" width={240} closeOnItemClick={false}>
        <Tooltip label={t("act.label")}>
          <Menu.Target>
            <ActionIcon variant="default" size="lg" aria-label={t("act.label")}>
              <IconTag size={18} />
            </ActionIcon>
          </Menu.Target>
        </Tooltip>
        <MenuWithField
          label={t(makes ? "act.findLabel" : "act.searchLabel")}
          words={words}
          change={setWords}
          nothing={found.length === 0 && !isNew && !(makes && labels.length > 0) ? t(labels.length === 0 ? "act.noLabels" : "keys.nothingFound") : undefined}
        >
          {found.map((label) => (
            <Menu.CheckboxItem
              key={label.id}
              checked={on.has(label.id)}
              closeMenuOnClick
              onChange={() => void (on.has(label.id) ? acts.label([], [label.id]) : acts.label([label.id], []))}
            >
              {label.name}
            </Menu.CheckboxItem>
          ))}
          {isNew && (
            <Menu.Item leftSection={<IconPlus size={16} aria-hidden />} onClick={() => void make()}>
              {t("act.makeLabel", { name })}
            </Menu.Item>
          )}
          {labels.length > 0 && makes && (
            <>
              {(found.length > 0 || isNew) && <Menu.Divider />}
              <Menu.Item closeMenuOnClick leftSection={<IconSettings size={16} aria-hidden />} onClick={() => setEditing(true)}>
                {t("labels.manage")}
              </Menu.Item>
            </>
          )}
        </MenuWithField>
      </Menu>
      <Suspense>{editing && <LabelEditor close={() => setEditing(false)} />}</Suspense>
    </>
  );
}
