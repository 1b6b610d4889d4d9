import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useSay } from "../i18n";
import { IconListCheck } from "../ui/icons";
import css from "./Composer.module.css";
import type { Item } from "./data";

const TemplatePicker = lazy(() => import("./TemplatePicker"));

/** Opens the platform's approved messages, on channels that have such. */
export function TemplateButton({ item }: { item: Item }) {
  const t = useSay();
  const { tenant, may } = useHere();
  const [opened, setOpened] = useState(false);
  const can = useQuery({
    queryKey: ["capabilities", tenant, item.channel_id],
    queryFn: () =>
      unwrap(api.GET("/api/v1/tenants/{tenant}/channels/{channel}/capabilities", { params: { path: { tenant, channel: item.channel_id } } })),
    enabled: may("channels:read") && may("conversations:reply"),
    staleTime: Infinity,
  }).data;
  if (!can?.templates) return null;
  return (
    <>
      <Button
        variant={item.may_write === "template" ? "light" : "subtle"}
        color={item.may_write === "template" ? "teal" : "gray"}
        size="compact-sm"
        className={css["tool"] ?? ""}
        title={t("template.title")}
        leftSection={<IconListCheck size={16} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        <span className={css["word"]}>{t("template.open")}</span>
      </Button>
      <Suspense>{opened && <TemplatePicker item={item} close={() => setOpened(false)} />}</Suspense>
    </>
  );
}
