import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale, useSay } from "../i18n";
import { left } from "../i18n/time";
import { IconClock, IconLock } from "../ui/icons";
import css from "./Composer.module.css";
import type { Item } from "./data";

/** What the channel's rules say about a reply now: until when one may write freely, or why not and what helps. */
export function PolicyWords({ item }: { item: Item }) {
  const t = useSay();
  const locale = useLocale();
  const { tenant } = useHere();
  const [now, setNow] = useState(Date.now);
  const closes = item.window_closes_at;
  const near = closes !== null && Date.parse(closes) - now < 3_600_000;
  useEffect(() => {
    if (!closes) return;
    const timer = setInterval(() => setNow(Date.now()), near ? 1_000 : 30_000);
    return () => clearInterval(timer);
  }, [closes, near]);
  const free = item.may_write === "allow" && (closes === null || Date.parse(closes) > now);
  const policy = useQuery({
    queryKey: ["live", "conversation", tenant, item.id, "policy", item.may_write, free],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/tenants/{tenant}/conversations/{conversation}/policy", {
          params: { path: { tenant, conversation: item.id } },
        }),
      ),
    enabled: !free,
  }).data;
  if (free) {
    const rest = closes === null ? null : left(locale, closes, now);
    if (!rest) return null;
    return (
      <p className={css["policy"]}>
        <IconClock size={14} aria-hidden /> <time dateTime={closes ?? undefined}>{t("compose.windowLeft", { left: rest })}</time>
      </p>
    );
  }
  if (!policy || policy.verdict === "allow") return null;
  return (
    <p className={css["policy"]} data-closed={policy.verdict !== "tag" || undefined} role="status">
      {policy.verdict === "tag" ? <IconClock size={14} aria-hidden /> : <IconLock size={16} aria-hidden />} {policy.text}
    </p>
  );
}
