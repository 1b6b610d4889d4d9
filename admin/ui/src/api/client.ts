// The hub's API with the types of its own OpenAPI document (`npm run types`), called as the person who signed in.
import createClient, { type Middleware } from "openapi-fetch";
import { sessionNow, signedOut } from "../session/expiry";
import { queries } from "./queries";
import type { components, paths } from "./schema.gen";

export type Schemas = components["schemas"];

const SAFE = new Set(["GET", "HEAD"]);

const asked = new WeakMap<Request, number>();

const session: Middleware = {
  onRequest({ request }) {
    asked.set(request, sessionNow());
    if (SAFE.has(request.method)) return request;
    // The proof that a change comes from a page of the hub. It belongs to the session and changes with it.
    const me = queries.getQueryData<{ csrf_token: string }>(["me"]);
    if (me) request.headers.set("X-CSRF-Token", me.csrf_token);
    return request;
  },
  onResponse({ response, request }) {
    // Signing in itself answers 401 to a wrong password; everything else means that the session has ended.
    if (response.status === 401 && !new URL(request.url).pathname.startsWith("/api/v1/auth/")) {
      signedOut(asked.get(request) ?? sessionNow());
    }
    return response;
  },
};

export const api = createClient<paths>({ baseUrl: "", credentials: "same-origin" });
api.use(session);

/** For a POST that creates or sends: the same key again is the same act, however often it is tried. */
export function once(key: string = crypto.randomUUID()): { "Idempotency-Key": string } {
  return { "Idempotency-Key": key };
}
