import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useWords } from "../i18n/owner";
import { Guard } from "../owner/Guard";
import { Listed } from "../owner/Listed";
import owner from "../owner/owner.module.css";
import { part, usePages } from "../owner/pages";
import { IconPlus, IconWebhook } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { WebhookForm } from "./WebhookForm";
import { HookState, hooksKey } from "./hooks";

/** Where the hub tells other programs what happens. */
export function Webhooks() {
  const t = useWords();
  return (
    <Guard needs="events:read" title={t("hooks.title")}>
      <List />
    </Guard>
  );
}

function List() {
  const t = useWords();
  const { tenant, slug, may } = useHere();
  const [adding, setAdding] = useState(false);
  const pages = usePages(hooksKey(tenant), (cursor) => unwrap(api.GET("/api/v1/tenants/{tenant}/webhooks", { params: { path: { tenant }, query: part(cursor) } })));
  const add = may("events:write") && (
    <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setAdding(true)}>
      {t("hooks.add")}
    </Button>
  );
  return (
    <Page title={t("hooks.title")} action={pages.items?.length ? add : undefined}>
      <p>{t("hooks.text")}</p>
      <Listed
        shape="cards"
        pages={pages}
        empty={
          <Notice tone="empty" title={t("hooks.none")} action={add}>
            {t("hooks.noneText")}
          </Notice>
        }
      >
        {(items) => (
          <ul className={owner["list"]}>
            {items.map((hook) => (
              <li key={hook.id}>
                <Link className={owner["card"]} to="/$tenant/webhooks/$webhook" params={{ tenant: slug, webhook: hook.id }}>
                  <IconWebhook size={24} stroke={1.5} aria-hidden />
                  <span className={owner["grow"]}>
                    <strong>
                      <bdi>{hook.description || new URL(hook.url).host}</bdi>
                    </strong>
                    <bdi className={owner["sub"]}>{hook.url}</bdi>
                  </span>
                  <HookState hook={hook} />
                </Link>
              </li>
            ))}
          </ul>
        )}
      </Listed>
      {adding && <WebhookForm hook={null} close={() => setAdding(false)} />}
    </Page>
  );
}
