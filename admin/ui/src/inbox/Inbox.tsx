// The inbox: list, thread and details side by side; on a phone one of them at a time.
import { Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useHere } from "../app/access";
import { NARROW } from "../app/widths";
import { Starting } from "../app/Starting";
import type { InboxSearch } from "../app/pages";
import { change, useSettings } from "../app/settings";
import { useSay } from "../i18n";
import { Notice } from "../ui/Notice";
import { ConversationList } from "./ConversationList";
import css from "./Inbox.module.css";

const ThreadPane = lazy(() => import("./opened").then((module) => ({ default: module.ThreadPane })));
const Details = lazy(() => import("./opened").then((module) => ({ default: module.Details })));
const WIDE = "(min-width: 80em)";

export function Inbox() {
  const t = useSay();
  const { slug, may } = useHere();
  const { list, conversation } = useParams({ strict: false }) as { list: string; conversation?: string };
  const search = useSearch({ strict: false }) as InboxSearch;
  const narrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false });
  const wide = useMediaQuery(WIDE, undefined, { getInitialValueInEffect: false });
  const { details } = useSettings();
  const [drawer, setDrawer] = useState(false);
  const navigate = useNavigate();
  useEffect(() => setDrawer(false), [conversation]);

  const close = () => void navigate({ to: "/$tenant/inbox/$list", params: { tenant: slug, list }, search });
  if (!may("conversations:read_assigned")) {
    return (
      <Notice level={1} tone="locked" title={t("error.forbiddenTitle")}>
        {t("error.needs", { permission: "conversations:read_assigned" })}
      </Notice>
    );
  }
  const showList = !narrow || !conversation;
  return (
    <div className={css["inbox"]} data-open={conversation ? true : undefined} data-details={wide && details ? true : undefined}>
      {showList && <ConversationList key={list} list={list} search={search} chosen={conversation} />}
      {conversation ? (
        <Suspense fallback={<Starting />}>
          <ThreadPane
            key={conversation}
            conversation={conversation}
            list={list}
            back={narrow ? close : undefined}
            close={close}
            toggleDetails={() => (wide ? change({ details: !details }) : setDrawer(true))}
          />
          {wide && details && <Details key={`details-${conversation}`} conversation={conversation} list={list} />}
          {!wide && (
            <Drawer
              opened={drawer}
              onClose={() => setDrawer(false)}
              position="right"
              size={340}
              padding={0}
              title={t("inbox.details")}
              closeButtonProps={{ "aria-label": t("act.close") }}
            >
              {drawer && <Details conversation={conversation} list={list} />}
            </Drawer>
          )}
        </Suspense>
      ) : (
        !narrow && (
          <div className={css["nothing"]}>
            <Notice tone="empty" title={t("inbox.nothingOpen")}>
              {t("inbox.nothingOpenText")}
            </Notice>
          </div>
        )
      )}
    </div>
  );
}
