import { Tooltip } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { useLocale } from "../i18n";
import { ago, exact } from "../i18n/time";

const MINUTE = 30_000;
const listeners = new Set<() => void>();
let now = Date.now();
setInterval(() => {
  now = Date.now();
  for (const listener of listeners) listener();
}, MINUTE);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The time as of the last half minute, the same for everything on the page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** How long ago something was; the exact time on hover and focus. */
export function Ago({ at, className }: { at: string; className?: string | undefined }) {
  const locale = useLocale();
  const moment = Math.max(useNow(), Date.parse(at));
  return (
    <Tooltip label={exact(locale, at)}>
      <time dateTime={at} className={className}>
        {ago(locale, at, moment)}
      </time>
    </Tooltip>
  );
}
