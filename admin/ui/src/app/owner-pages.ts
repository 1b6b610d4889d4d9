// The pages that set the hub up and tell how it does. None of their code comes with the inbox.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { tenantRoute } from "./roots";

const within = { getParentRoute: () => tenantRoute };
const connect = lazyRouteComponent(() => import("../channels/Connect"), "Connect");

const knowledge = lazyRouteComponent(() => import("../knowledge/Knowledge"), "Knowledge");

/** What a list keeps in the address: those of `names` that are there. */
export function keeping<N extends string>(...names: N[]) {
  return (search: Record<string, unknown>): { [K in N]?: string } => {
    const given = names.map((name) => [name, search[name]] as const);
    const kept = given.filter(([, value]) => (typeof value === "string" && value !== "") || typeof value === "number");
    return Object.fromEntries(kept.map(([name, value]) => [name, String(value)])) as { [K in N]?: string };
  };
}

export const ownerPages = [
  createRoute({ ...within, path: "/channels", component: lazyRouteComponent(() => import("../channels/Channels"), "Channels") }),
  createRoute({ ...within, path: "/channels/new", component: connect }),
  createRoute({ ...within, path: "/channels/new/$kind", component: connect }),
  createRoute({ ...within, path: "/channels/$channel", component: lazyRouteComponent(() => import("../channels/ChannelPage"), "ChannelPage") }),
  createRoute({ ...within, path: "/knowledge", component: knowledge }),
  createRoute({ ...within, path: "/knowledge/$part", validateSearch: keeping("status", "context", "sort", "order"), component: knowledge }),
  createRoute({
    ...within,
    path: "/knowledge/documents/$document",
    validateSearch: keeping("tab"),
    component: lazyRouteComponent(() => import("../knowledge/DocumentPage"), "DocumentPage"),
  }),
  createRoute({ ...within, path: "/keys", component: lazyRouteComponent(() => import("../integrations/Keys"), "Keys") }),
  createRoute({ ...within, path: "/webhooks", component: lazyRouteComponent(() => import("../integrations/Webhooks"), "Webhooks") }),
  createRoute({
    ...within,
    path: "/webhooks/$webhook",
    component: lazyRouteComponent(() => import("../integrations/WebhookPage"), "WebhookPage"),
  }),
  createRoute({
    ...within,
    path: "/ledger",
    validateSearch: keeping("outcome", "tab"),
    component: lazyRouteComponent(() => import("../safety/Ledger"), "Ledger"),
  }),
  createRoute({
    ...within,
    path: "/audit",
    validateSearch: keeping("actor", "act"),
    component: lazyRouteComponent(() => import("../safety/Audit"), "Audit"),
  }),
  createRoute({ ...within, path: "/system", component: lazyRouteComponent(() => import("../safety/System"), "System") }),
  createRoute({
    ...within,
    path: "/overview",
    validateSearch: keeping("days", "from", "to"),
    component: lazyRouteComponent(() => import("../insight/Overview"), "Overview"),
  }),
  createRoute({
    ...within,
    path: "/reports",
    validateSearch: keeping("days", "from", "to", "report"),
    component: lazyRouteComponent(() => import("../insight/Reports"), "Reports"),
  }),
  createRoute({ ...within, path: "/gaps", validateSearch: keeping("days", "tab"), component: lazyRouteComponent(() => import("../insight/Gaps"), "Gaps") }),
  createRoute({ ...within, path: "/start", component: lazyRouteComponent(() => import("../start/Start"), "Start") }),
  createRoute({ ...within, path: "/bot", validateSearch: keeping("tab"), component: lazyRouteComponent(() => import("../bot/Bot"), "Bot") }),
  createRoute({ ...within, path: "/tenants", component: lazyRouteComponent(() => import("../platform/Tenants"), "Tenants") }),
  createRoute({
    ...within,
    path: "/bubble",
    validateSearch: keeping("site"),
    component: lazyRouteComponent(() => import("../bubble/Bubble"), "Bubble"),
  }),
  createRoute({
    ...within,
    path: "/usage",
    validateSearch: keeping("days", "from", "to", "report"),
    component: lazyRouteComponent(() => import("../usage/Usage"), "Usage"),
  }),
] as const;
