import { useLocale, useSay, type TextKey } from "../i18n";
import { clock, exact } from "../i18n/time";
import { useMembers } from "../people/members";
import type { Message } from "./data";
import css from "./MessageItem.module.css";
import { reasonWords } from "./words";

const WORDS: Record<string, TextKey> = {
  waiting: "happened.requested",
  agent: "happened.accepted",
  bot: "happened.returned",
  resolved: "happened.resolved",
};

/** Something that was done to the conversation, in its place among the messages: what, by whom, why. */
export function Activity({ message }: { message: Message }) {
  const t = useSay();
  const locale = useLocale();
  const members = useMembers();
  const part = message.parts[0] as unknown as Record<string, unknown> | undefined;
  const to = typeof part?.["to"] === "string" ? part["to"] : "";
  const by = message.author.id ? members.nameOf(message.author.id) : null;
  // That a person was wished for is what the words before it say already.
  const why = typeof part?.["reason"] === "string" && part["reason"] !== "wish" ? reasonWords(part["reason"], t) : null;
  const words = [t(WORDS[to] ?? "happened.updated"), by ?? (to === "waiting" ? why : null)].filter(Boolean);
  return (
    <p className={css["activity"]}>
      {words.join(" · ")}{" "}
      <time dateTime={message.at} title={exact(locale, message.at)}>
        {clock(locale, message.at)}
      </time>
    </p>
  );
}
