// The tenant's people by id, for names beside what they did.
import { useMemo } from "react";
import { useMe } from "../app/access";
import { useSay } from "../i18n";

export interface MemberView {
  person_id: string;
  name: string;
  role: string;
}

export interface Members {
  all: readonly MemberView[];
  /** A colleague's name; "You" for oneself; words for keys and the operator. */
  nameOf: (id: string) => string;
}

export function useMembers(): Members {
  const t = useSay();
  const me = useMe();
  return useMemo(() => {
    const nameOf = (id: string) => {
      if (id === me.person.id) return t("people.you");
      if (id.startsWith("key:")) return t("people.program");
      return id === "operator" ? t("people.operator") : t("message.colleague");
    };
    return { all: [], nameOf };
  }, [me.person.id, t]);
}
