// Which time a page of figures is about: kept in the address, so that it can be sent to a colleague.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";

export interface Span {
  /** Days back from today, or null where both dates were chosen. */
  days: number | null;
  /** First day, as YYYY-MM-DD. */
  from: string;
  /** Last day, that day included. */
  to: string;
  /** The same as the API takes it; the end is left open for a time up to now. */
  query: { from: string; to?: string };
}

const DAY = 86_400_000;
const iso = (at: number) => new Date(at).toISOString().slice(0, 10);

interface Search {
  days?: string;
  from?: string;
  to?: string;
  report?: string;
}

export function spanOf({ days, from, to }: Search, now: number): Span {
  if (from && to && from <= to) {
    return { days: null, from, to, query: { from: `${from}T00:00:00Z`, to: new Date(Date.parse(`${to}T00:00:00Z`) + DAY).toISOString() } };
  }
  const back = [1, 7, 30, 90].includes(Number(days)) ? Number(days) : 30;
  const start = new Date(now - back * DAY);
  // To the minute, so that the same question is not asked anew with every drawing.
  start.setUTCSeconds(0, 0);
  return { days: back, from: iso(start.getTime()), to: iso(now), query: { from: start.toISOString() } };
}

export function useSpan(): [Span, (change: Search) => void] {
  const { days, from, to, report } = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const minute = Math.floor(Date.now() / 60_000);
  const span = useMemo(
    () => spanOf({ ...(days ? { days } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}) }, minute * 60_000),
    [days, from, to, minute],
  );
  const change = (wanted: Search) => {
    const kept = Object.entries({ ...(report ? { report } : {}), ...wanted }).filter(([, value]) => value);
    void navigate({ to: ".", search: Object.fromEntries(kept), replace: true });
  };
  return [span, change];
}
