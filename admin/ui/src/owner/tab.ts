// Which part of a page is open: kept in the address, so that it can be sent to a colleague and found again by going back.
import { useNavigate, useSearch } from "@tanstack/react-router";

/** The open part and how to open another; without one in the address, or with one that is not there, `first`. */
export function useTab(parts: readonly string[], first: string): [string, (chosen: string | null) => void] {
  const navigate = useNavigate();
  const { tab } = useSearch({ strict: false }) as { tab?: string };
  const open = tab !== undefined && parts.includes(tab) ? tab : first;
  return [open, (chosen) => void navigate({ to: ".", search: ((kept: Record<string, string>) => withTab(kept, chosen === first ? null : chosen)) as never, replace: true })];
}

function withTab(kept: Record<string, string>, tab: string | null): Record<string, string> {
  const { tab: _before, ...others } = kept;
  return tab === null ? others : { ...others, tab };
}
