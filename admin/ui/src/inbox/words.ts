// Platform names, states and reasons in plain words.
import type { Say, TextKey } from "../i18n";
import {
  IconBrandMessenger,
  IconBrandSlack,
  IconBrandTelegram,
  IconBrandWhatsapp,
  IconCircleCheck,
  IconHandStop,
  IconMessages,
  IconRobot,
  IconUserCheck,
  IconWorld,
  type Icon,
} from "../ui/icons";
import type { Item } from "./data";

const CHANNELS: Record<string, { icon: Icon; name: string }> = {
  webchat: { icon: IconWorld, name: "Web chat" },
  whatsapp: { icon: IconBrandWhatsapp, name: "WhatsApp" },
  messenger: { icon: IconBrandMessenger, name: "Messenger" },
  slack: { icon: IconBrandSlack, name: "Slack" },
  telegram: { icon: IconBrandTelegram, name: "Telegram" },
};

/** How a kind of channel looks and is called; kinds added by others show under their own name. */
export function channelLook(kind: string): { icon: Icon; name: string } {
  return CHANNELS[kind] ?? { icon: IconMessages, name: kind.charAt(0).toUpperCase() + kind.slice(1) };
}

export const STATES: Record<string, { icon: Icon; label: TextKey; tone: string }> = {
  bot: { icon: IconRobot, label: "inbox.stateBot", tone: "bot" },
  waiting: { icon: IconHandStop, label: "inbox.stateWaiting", tone: "waiting" },
  agent: { icon: IconUserCheck, label: "inbox.stateAgent", tone: "person" },
  resolved: { icon: IconCircleCheck, label: "inbox.stateResolved", tone: "resolved" },
};

const REASONS: Record<string, TextKey> = {
  wish: "inbox.reasonAsked",
  keyword: "inbox.reasonKeyword",
  chosen: "inbox.reasonChosen",
  no_answer: "inbox.reasonMisses",
  low_support: "inbox.reasonSupport",
  turn_limit: "inbox.reasonLimit",
  cost_limit: "inbox.reasonBudget",
  budget: "inbox.reasonBudget",
  model_failed: "inbox.reasonFailed",
  model_asked: "inbox.reasonModel",
  person_acted: "inbox.reasonTook",
  agent_took_over: "inbox.reasonTook",
  assigned: "inbox.reasonAssigned",
  returned: "inbox.reasonReturned",
  resolved: "inbox.reasonResolved",
  continued: "inbox.reasonContinued",
  person_first: "inbox.reasonPolicy",
};

/** Why a conversation is where it is. A reason nobody foresaw is shown as it was given. */
export function reasonWords(reason: string | null, t: Say): string | null {
  if (!reason) return null;
  const known = REASONS[reason];
  return known ? t(known) : reason.replaceAll("_", " ");
}

export function customerName(item: Pick<Item, "contact" | "channel">, t: Say): string {
  return item.contact?.name || t("inbox.someone", { channel: channelLook(item.channel.kind).name });
}

/** What a platform's address of a customer is called: a kind such as `telegram.user`. */
export function identityName(kind: string, t: Say): string {
  if (kind === "whatsapp.phone") return t("details.phone");
  if (kind === "webchat.user") return t("details.idOfSite");
  return t("details.idOn", { channel: channelLook(kind.split(".")[0] ?? kind).name });
}
