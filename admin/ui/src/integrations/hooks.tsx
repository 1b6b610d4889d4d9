import type { Schemas } from "../api/client";
import { useWords } from "../i18n/owner";
import { Chip } from "../owner/Chip";

export type Hook = Schemas["WebhookView"];
export type Delivery = Schemas["WebhookDeliveryView"];

export const hooksKey = (tenant: string) => ["webhooks", tenant] as const;

/** The events there are. A new one of the API's does not compile until it stands here. */
const NAMED: Record<Schemas["HubEvent"], true> = {
  "message.received": true,
  "message.sent": true,
  "message.updated": true,
  "message.failed": true,
  "conversation.opened": true,
  "conversation.updated": true,
  "conversation.resolved": true,
  "handoff.requested": true,
  "handoff.accepted": true,
  "handoff.returned": true,
  "sla.breached": true,
  "document.indexed": true,
  "document.failed": true,
  "feedback.received": true,
  "usage.threshold": true,
  "ledger.stuck": true,
  "ledger.recovered": true,
};
export const EVENTS = Object.keys(NAMED) as Schemas["HubEvent"][];

/** Whether an endpoint gets events now, in a word. */
export function HookState({ hook }: { hook: Hook }) {
  const t = useWords();
  if (!hook.enabled) return <Chip mood="off">{t("hooks.off")}</Chip>;
  if (hook.paused_until && Date.parse(hook.paused_until) > Date.now()) return <Chip mood="waits">{t("hooks.rests")}</Chip>;
  if (hook.failures > 0) return <Chip mood="bad">{t("hooks.fails", { n: hook.failures })}</Chip>;
  return <Chip mood="good">{t("hooks.on")}</Chip>;
}
