// What a visitor can do with what was said: stop it, have it again, say it differently, judge it, have it all forgotten.

import type { Connection } from "./connection";
import type { Replaced } from "./protocol";
import { eraseVisitor } from "./session";
import type { Shelf } from "./storage";
import type { View } from "./view";

/** The parts of the chat that acts need. */
export interface Stage {
  readonly base: URL;
  readonly view: View;
  readonly shelf: Shelf;
  readonly connection: Connection | null;
  set(part: Partial<View>): void;
  resume(): Promise<void>;
  drop(clientId: string): void;
  renew(): void;
}

export class Acts {
  constructor(private readonly stage: Stage) {}

  /** End the answer under way; what is shown of it stays. */
  async stop(): Promise<void> {
    this.stage.set({ awaiting: false, typing: null });
    await this.stage.connection?.ask("stop", {});
    void this.stage.resume();
  }

  /** Have an answer once more. Resolves to whether it is on its way. */
  regenerate(message_id: string): Promise<boolean> {
    return this.replace("regenerate", { message_id });
  }

  /** Say a message differently: it and what followed give way. Resolves to whether it was taken. */
  edit(message_id: string, text: string): Promise<boolean> {
    return this.replace("edit", { message_id, text });
  }

  private async replace(event: string, data: object): Promise<boolean> {
    const answer = await this.stage.connection?.ask<Replaced>(event, data);
    if (!answer || "error" in answer) return false;
    this.stage.view.transcript.supersede(answer.superseded);
    this.stage.set({ awaiting: true });
    void this.stage.resume();
    return true;
  }

  /** Tell what an answer was worth. Resolves to whether it was taken. */
  async opine(message_id: string, value: "up" | "down", comment?: string): Promise<boolean> {
    const answer = await this.stage.connection?.ask("feedback", { message_id, value, ...(comment && { comment }) });
    return answer !== undefined && !("error" in answer);
  }

  setSound(sound: boolean): void {
    this.stage.shelf.set("sound", sound);
    this.stage.set({ sound });
  }

  /** Have the hub delete this visitor with everything they wrote, and begin anew as a stranger. */
  async forget(): Promise<boolean> {
    if (!(await eraseVisitor(this.stage.base, this.stage.shelf))) return false;
    for (const entry of this.stage.view.pending) this.stage.drop(entry.client_id);
    this.stage.renew();
    return true;
  }
}
