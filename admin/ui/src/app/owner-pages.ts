// The pages that set the hub up and tell how it does. None of their code comes with the inbox.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { tenantRoute } from "./roots";

const within = { getParentRoute: () => tenantRoute };
const connect = lazyRouteComponent(() => import("../channels/Connect"), "Connect");

const knowledge = lazyRouteComponent(() => import("../knowledge/Knowledge"), "Knowledge");

/** What the list of documents keeps in the address. */
function documentsSearch(search: Record<string, unknown>): { status?: string; context?: string } {
  const kept = (["status", "context"] as const).filter((name) => typeof search[name] === "string" && search[name]);
  return Object.fromEntries(kept.map((name) => [name, search[name]]));
}

export const ownerPages = [
  createRoute({ ...within, path: "/channels", component: lazyRouteComponent(() => import("../channels/Channels"), "Channels") }),
  createRoute({ ...within, path: "/channels/new", component: connect }),
  createRoute({ ...within, path: "/channels/new/$kind", component: connect }),
  createRoute({ ...within, path: "/channels/$channel", component: lazyRouteComponent(() => import("../channels/ChannelPage"), "ChannelPage") }),
  createRoute({ ...within, path: "/knowledge", component: knowledge }),
  createRoute({ ...within, path: "/knowledge/$part", validateSearch: documentsSearch, component: knowledge }),
  createRoute({
    ...within,
    path: "/knowledge/documents/$document",
    component: lazyRouteComponent(() => import("../knowledge/DocumentPage"), "DocumentPage"),
  }),
] as const;
