// The two routes everything hangs from: the app, and one tenant within it.
import { createRootRoute, createRoute, lazyRouteComponent, Outlet, redirect, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { Problem } from "../api/problem";
import { queries } from "../api/queries";
import { CrashNotice } from "../ui/Crash";
import { ProblemNotice } from "../ui/ProblemNotice";
import { meQuery, type Me } from "./access";
import { Missing } from "./Missing";

export const root = createRootRoute({
  component: Outlet,
  notFoundComponent: Missing,
  errorComponent: Failed,
});

function Failed({ error }: ErrorComponentProps) {
  const router = useRouter();
  // Not `reset` alone: what failed is fetched before the page is drawn.
  return error instanceof Problem ? <ProblemNotice level={1} error={error} retry={() => void router.invalidate()} /> : <CrashNotice />;
}

/** Who is signed in; without anybody, on to the sign-in page, which leads back. */
export async function signedIn(next: string): Promise<Me> {
  try {
    return await queries.ensureQueryData(meQuery);
  } catch (error) {
    if (error instanceof Problem && error.status === 401) throw redirect({ to: "/sign-in", search: { next } });
    throw error;
  }
}

export const tenantRoute = createRoute({
  getParentRoute: () => root,
  path: "/$tenant",
  beforeLoad: ({ location }) => signedIn(location.href),
  component: lazyRouteComponent(() => import("./Frame"), "Frame"),
  notFoundComponent: Missing,
});
