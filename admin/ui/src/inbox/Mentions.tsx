import { Button } from "@mantine/core";
import { useSay } from "../i18n";
import { useMembers, type MemberView } from "../people/members";
import css from "./Composer.module.css";

/** Colleagues whom a note names as `@Name`, by id. The longest name counts where one begins another. */
export function mentionsIn(text: string, members: readonly Pick<MemberView, "id" | "name">[]): string[] {
  const byLength = [...members].sort((a, b) => b.name.length - a.name.length);
  let rest = text.toLocaleLowerCase();
  const found: string[] = [];
  for (const { id, name } of byLength) {
    const tag = `@${name.toLocaleLowerCase()}`;
    if (!rest.includes(tag)) continue;
    found.push(id);
    rest = rest.replaceAll(tag, " ");
  }
  return found;
}

/** While `@` and the beginning of a name are typed: whom it may mean. */
export function MentionList({ text, choose }: { text: string; choose: (text: string) => void }) {
  const t = useSay();
  const members = useMembers();
  const begun = /(^|\s)@([^\s@]{0,30})$/.exec(text);
  if (!begun) return null;
  const typed = (begun[2] ?? "").toLocaleLowerCase();
  const fits = members.all.filter(({ name }) => name.toLocaleLowerCase().split(/\s+/).some((part) => part.startsWith(typed))).slice(0, 6);
  if (fits.length === 0) return null;
  return (
    <div className={css["mentions"]} role="group" aria-label={t("compose.mention")}>
      {fits.map(({ id, name }) => (
        <Button
          key={id}
          size="compact-sm"
          variant="default"
          onClick={() => choose(`${text.slice(0, text.length - typed.length)}${name} `)}
        >
          @{name}
        </Button>
      ))}
    </div>
  );
}
