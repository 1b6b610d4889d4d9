// The conversation as a text file for the visitor to keep.

import type { Speech } from "../i18n";
import type { Message } from "../protocol";
import { lent } from "./lent";

/** The conversation as plain text, one paragraph a message. */
export function asText(messages: Message[], speech: Speech, said: (message: Message) => string): string {
  return messages
    .filter((message) => !message.deleted_at && !message.superseded)
    .map(({ author, at, ...message }) => {
      const name = author.kind === "contact" ? speech.say("you") : (author.name ?? speech.say(author.kind === "agent" ? "colleague" : "bot"));
      return `${lent.day(speech.locale, at)} ${lent.clock(speech.locale, at)}  ${name}\n${said({ author, at, ...message })}\n`;
    })
    .join("\n");
}

export function saveText(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
