import { useMembers } from "./members";

/** A colleague's name. Apart, so that only rows that name one look it up: there may be hundreds that do not. */
export function MemberName({ id }: { id: string }) {
  return useMembers().nameOf(id);
}
