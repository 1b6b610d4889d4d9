import { Button, Group, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, once } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";
import { useLocale } from "../i18n";
import { useWords } from "../i18n/owner";
import { exact } from "../i18n/time";
import { useAct } from "../owner/act";
import { Chip } from "../owner/Chip";
import { Loaded } from "../owner/Loaded";
import owner from "../owner/owner.module.css";
import { ledgerKey, OUTCOMES, whyWords } from "./Ledger";

/** One event as the hub understood it, and, where it is dead, trying it again. */
export function EntryModal({ id, close }: { id: string; close: () => void }) {
  const t = useWords();
  const locale = useLocale();
  const { tenant, may } = useHere();
  const act = useAct(ledgerKey(tenant));
  const query = useQuery({
    queryKey: [...ledgerKey(tenant), "entry", id],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/ledger/entries/{entry}", { params: { path: { tenant, entry: id } } })),
  });
  const replay = async (entry: string) => {
    const body = { ids: [entry] };
    const done = await act(
      () => unwrap(api.POST("/api/v1/tenants/{tenant}/ledger/replay", { params: { path: { tenant }, header: once() }, body })),
      t("ledger.replayed"),
    );
    if (done) close();
  };
  return (
    <Modal opened onClose={close} size="xl" title={t("ledger.entry")} closeButtonProps={{ "aria-label": t("act.close") }}>
      <Loaded query={query} shape="rows" n={8}>
        {(one) => (
          <>
            <dl className={owner["facts"]}>
              <dt>{t("ledger.outcome")}</dt>
              <dd>
                <Chip mood={OUTCOMES[one.outcome]}>{t(`ledger.${one.outcome}`)}</Chip> {one.reason && whyWords(one, t)}
              </dd>
              <dt>{t("ledger.received")}</dt>
              <dd>{exact(locale, one.received_at)}</dd>
              {one.replayed_at && <dt>{t("ledger.replayedAt")}</dt>}
              {one.replayed_at && <dd>{exact(locale, one.replayed_at)}</dd>}
              {one.error && <dt>{t("own.error")}</dt>}
              {one.error && <dd>{one.error}</dd>}
              <dt>{t("ledger.platformId")}</dt>
              <dd dir="ltr">{one.platform_id}</dd>
            </dl>
            <h3>{t("ledger.body")}</h3>
            <pre className={owner["code"]} dir="ltr" tabIndex={0}>
              {JSON.stringify(one.event, null, 2)}
            </pre>
            {one.outcome === "dead" && one.conversation_id && may("ledger:replay") && (
              <Group justify="flex-end" mt="md">
                <Button onClick={() => void replay(one.id)}>{t("ledger.replay")}</Button>
              </Group>
            )}
          </>
        )}
      </Loaded>
    </Modal>
  );
}
