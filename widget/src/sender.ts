// Sends what waits in the outbox, one after another, until each is confirmed or refused for good.

import type { Connection } from "./connection";
import { type Outbox, type Pending, said } from "./outbox";
import type { Accepted } from "./protocol";

/** Refusals that time mends, or the visitor by telling what the site asks first. */
export const PASSING = new Set(["timeout", "rate_limited", "unavailable", "internal", "profile_needed"]);
const RETRY_MS = 2_000;

export class Sender {
  private flushing = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly connection: () => Connection | null,
    private readonly accepted: (entry: Pending, answer: Accepted) => void,
    private readonly changed: (refused?: string) => void,
  ) {}

  /** Send all that waits. Safe to call again while it goes on. */
  async flush(): Promise<void> {
    if (this.flushing) return;
    this.flushing = true;
    try {
      for (let entry = this.next(); entry; entry = this.next()) {
        const connection = this.connection();
        if (!connection?.online) return;
        const answer = await connection.ask<Accepted>("message", said(entry));
        if ("error" in answer) {
          if (PASSING.has(answer.error.code)) {
            this.changed(answer.error.code);
            this.timer = setTimeout(() => void this.flush(), (answer.error.retry_after ?? 0) * 1_000 || RETRY_MS);
            return;
          }
          this.outbox.fail(entry.client_id, answer.error.message);
        } else {
          this.outbox.settle(entry.client_id);
          this.accepted(entry, answer);
        }
        this.changed();
      }
    } finally {
      this.flushing = false;
    }
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private next(): Pending | undefined {
    return this.outbox.all().find((entry) => entry.error === undefined);
  }
}
