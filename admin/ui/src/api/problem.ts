// What went wrong with a call, as the hub says it (RFC 9457), and what the network itself did.
import type { FetchResponse } from "openapi-fetch";

export interface FieldProblem {
  field: string;
  detail: string;
}

/** A refused or lost call. `code` is stable: see docs/reference/http.md; `offline` means that no answer came. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | null;
  readonly errors: FieldProblem[];
  readonly requestId: string | null;
  /** Seconds to wait, where the hub names them. */
  readonly retryAfter: number | null;
  /** The whole answer, for what only some refusals carry. */
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>, retryAfter: number | null = null) {
    super(typeof body["detail"] === "string" ? body["detail"] : "");
    this.name = "Problem";
    this.status = status;
    this.code = typeof body["code"] === "string" ? body["code"] : "internal";
    this.field = typeof body["field"] === "string" ? body["field"] : null;
    this.errors = Array.isArray(body["errors"]) ? (body["errors"] as FieldProblem[]) : [];
    this.requestId = typeof body["request_id"] === "string" ? body["request_id"] : null;
    this.retryAfter = retryAfter;
    this.body = body;
  }

  /** What is wrong field by field, for a form to show beside each. */
  get byField(): Record<string, string> {
    const named = this.errors.map(({ field, detail }) => [field, detail] as const);
    if (this.field && this.message) named.unshift([this.field, this.message]);
    return Object.fromEntries(named.reverse());
  }
}

export const OFFLINE = "offline";

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) return new Problem(0, { code: OFFLINE, detail: "" });
  return new Problem(0, { code: "internal", detail: error instanceof Error ? error.message : "" });
}

/** The data of a call, or its problem thrown. */
export async function unwrap<T extends Record<string | number, unknown>, O, M extends `${string}/${string}`>(
  call: Promise<FetchResponse<T, O, M>>,
): Promise<NonNullable<FetchResponse<T, O, M>["data"]>> {
  let answer: FetchResponse<T, O, M>;
  try {
    answer = await call;
  } catch (error) {
    throw problemOf(error);
  }
  if (!answer.response.ok) {
    const wait = Number(answer.response.headers.get("Retry-After"));
    const body = answer.error !== null && typeof answer.error === "object" ? (answer.error as Record<string, unknown>) : {};
    throw new Problem(answer.response.status, body, wait > 0 ? wait : null);
  }
  return answer.data as NonNullable<FetchResponse<T, O, M>["data"]>;
}
