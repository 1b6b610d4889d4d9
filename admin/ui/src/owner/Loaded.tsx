import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Coming, type Shape } from "../ui/Coming";
import { ProblemNotice } from "../ui/ProblemNotice";

interface Props<T> {
  query: UseQueryResult<T>;
  /** What comes will look like so many of these. */
  shape?: Shape;
  n?: number;
  children: (data: T) => ReactNode;
}

/** What was fetched, or in its place that it is coming or what went wrong. */
export function Loaded<T>({ query, shape = "cards", n, children }: Props<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  return <Coming shape={shape} {...(n ? { n } : {})} />;
}
