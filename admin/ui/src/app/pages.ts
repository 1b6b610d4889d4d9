// The pages within a tenant. A new page is one route here and, where the menu should lead to it, one line in `menu.ts`.
import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { keeping, ownerPages } from "./owner-pages";
import { tenantRoute } from "./roots";

/** What the inbox keeps in the address. */
export interface InboxSearch {
  q?: string;
  sort?: string;
  channel?: string;
}

/** What the account keeps in the address: its part, and what came of a way to a provider. */
export interface AccountSearch {
  tab?: string;
  connected?: string;
  error?: string;
}

const within = { getParentRoute: () => tenantRoute };
const inbox = lazyRouteComponent(() => import("../inbox/Inbox"), "Inbox");

function inboxSearch(search: Record<string, unknown>): InboxSearch {
  const kept = (["q", "sort", "channel"] as const).filter((name) => typeof search[name] === "string" && search[name]);
  return Object.fromEntries(kept.map((name) => [name, search[name]]));
}

function accountSearch(search: Record<string, unknown>): AccountSearch {
  const kept = (["tab", "connected", "error"] as const).filter((name) => typeof search[name] === "string" && search[name]);
  return Object.fromEntries(kept.map((name) => [name, search[name]]));
}

export const tenantPages = [
  createRoute({
    ...within,
    path: "/",
    beforeLoad: ({ params }) => {
      throw redirect({ to: "/$tenant/inbox/$list", params: { ...params, list: "needs_person" } });
    },
  }),
  createRoute({ ...within, path: "/inbox/$list", validateSearch: inboxSearch, component: inbox }),
  createRoute({ ...within, path: "/inbox/$list/$conversation", validateSearch: inboxSearch, component: inbox }),
  createRoute({ ...within, path: "/people", validateSearch: keeping("tab"), component: lazyRouteComponent(() => import("../people/People"), "People") }),
  createRoute({
    ...within,
    path: "/account",
    validateSearch: accountSearch,
    component: lazyRouteComponent(() => import("../account/Account"), "Account"),
  }),
  ...ownerPages,
] as const;
