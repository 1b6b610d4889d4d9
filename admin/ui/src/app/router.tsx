// Every page and its address. A page's code is fetched when it is first opened. New pages: see README.md.
import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { lastTenant } from "./lastTenant";
import { tenantPages } from "./pages";
import { root, signedIn, tenantRoute } from "./roots";
import { Starting } from "./Starting";

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: async ({ location }) => {
    const me = await signedIn(location.href);
    const known = me.memberships.find((one) => one.slug === lastTenant()) ?? me.memberships[0];
    if (!known) throw redirect({ to: "/nowhere" });
    throw redirect({ to: "/$tenant/inbox/$list", params: { tenant: known.slug, list: "needs_person" } });
  },
});

const entry = () => import("../session/pages");
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string; error?: string } => {
    const [next, error] = [text(search["next"]), text(search["error"])];
    return { ...(next ? { next } : {}), ...(error ? { error } : {}) };
  },
  component: lazyRouteComponent(entry, "SignIn"),
});
const forgot = createRoute({
  getParentRoute: () => root,
  path: "/forgot",
  component: lazyRouteComponent(entry, "Forgot"),
});
const setup = createRoute({ getParentRoute: () => root, path: "/set-up", component: lazyRouteComponent(entry, "SetUp") });
const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitation",
  validateSearch: (search: Record<string, unknown>): { error?: string } => {
    const error = text(search["error"]);
    return error ? { error } : {};
  },
  component: lazyRouteComponent(entry, "Invitation"),
});
const reset = createRoute({ getParentRoute: () => root, path: "/reset", component: lazyRouteComponent(entry, "Reset") });
const verify = createRoute({ getParentRoute: () => root, path: "/verify", component: lazyRouteComponent(entry, "Verify") });
const nowhere = createRoute({
  getParentRoute: () => root,
  path: "/nowhere",
  beforeLoad: ({ location }) => signedIn(location.href),
  component: lazyRouteComponent(entry, "Nowhere"),
});

const tree = root.addChildren([
  home,
  signIn,
  forgot,
  setup,
  invitation,
  reset,
  verify,
  nowhere,
  tenantRoute.addChildren(tenantPages),
]);

export const router = createRouter({
  routeTree: tree,
  basepath: "/admin",
  defaultPreload: "intent",
  defaultPreloadDelay: 80,
  defaultPendingComponent: Starting,
  defaultPendingMs: 400,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
