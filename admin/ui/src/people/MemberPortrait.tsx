import { Portrait } from "../ui/Portrait";
import { useMembers } from "./members";

/** How a colleague looks. Apart, so that only rows that show one look it up. */
export function MemberPortrait({ id, name, size }: { id: string | null; name: string; size: number }) {
  const member = useMembers().all.find((one) => one.id === id);
  return <Portrait name={member?.name ?? name} picture={member?.picture} size={size} />;
}
