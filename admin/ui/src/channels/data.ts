import { useQuery } from "@tanstack/react-query";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";

export type Channel = Schemas["ChannelView"];
export type CheckResult = Schemas["CheckResult"];

export const channelsKey = (tenant: string) => ["channels", tenant] as const;

/** The channels that customers write on. The one of the hub's own chat API is not among them. */
export function useChannels() {
  const { tenant } = useHere();
  return useQuery({
    queryKey: channelsKey(tenant),
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/channels", { params: { path: { tenant }, query: { limit: 100 } } })),
    select: ({ items }) => ({ items: items.filter((channel) => channel.settings["chat_api"] !== true) }),
  });
}

export function at(tenant: string, channel: string) {
  return { params: { path: { tenant, channel } } };
}

/** The address a platform sends to, whole. */
export function webhookOf(channel: Channel): string | null {
  return channel.webhook && new URL(channel.webhook, location.origin).href;
}

/** The line that puts the bubble on a page. */
export function embedOf(channel: Channel): string {
  return `<script src="${location.origin}/widget.js" data-site="${channel.site_key}" async></script>`;
}

/** Where somebody can write to the channel, to try it; null where there is no such page. */
export function tryAddress(channel: Channel): string | null {
  const told = channel.settings["try_url"];
  if (typeof told === "string" && /^https?:\/\//.test(told)) return told;
  return channel.site_key ? `${location.origin}/chat/${channel.site_key}` : null;
}
