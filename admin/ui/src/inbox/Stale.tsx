import { Button, Group } from "@mantine/core";
import { useSay } from "../i18n";
import { useMembers } from "../people/members";
import css from "./Composer.module.css";
import type { Item, Message } from "./data";
import { customerName } from "./words";

export type Newer = Pick<Message, "id" | "author" | "parts">;

/** Somebody wrote while this was being written: what they said, and the choice to send nevertheless or to change it. */
export function Stale({ newer, item, anyway, look }: { newer: Newer[]; item: Item; anyway: () => void; look: () => void }) {
  const t = useSay();
  const members = useMembers();
  const who = (one: Newer) => {
    if (one.author.kind === "contact") return one.author.name ?? customerName(item, t);
    if (one.author.kind === "bot") return t("message.bot");
    return one.author.name ?? (one.author.id ? members.nameOf(one.author.id) : t("message.colleague"));
  };
  return (
    <div className={css["newer"]} role="alert">
      <strong>{t("compose.staleTitle")}</strong>
      <ul>
        {newer.slice(0, 5).map((one) => (
          <li key={one.id} dir="auto">
            <bdi>{who(one)}</bdi>: {line(one) || t("message.noText")}
          </li>
        ))}
      </ul>
      <Group gap="xs">
        <Button size="compact-sm" onClick={anyway}>
          {t("compose.sendAnyway")}
        </Button>
        <Button size="compact-sm" variant="default" onClick={look}>
          {t("compose.keepEditing")}
        </Button>
      </Group>
    </div>
  );
}

function line(one: Newer): string {
  const words = one.parts.map((part) => (part as unknown as { text?: unknown }).text).filter((text) => typeof text === "string");
  return words.join(" ").slice(0, 160);
}
