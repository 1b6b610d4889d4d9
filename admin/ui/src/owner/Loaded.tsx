import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ProblemNotice } from "../ui/ProblemNotice";

interface Props<T> {
  query: UseQueryResult<T>;
  /** How high what comes will be, in pixels. */
  height?: number;
  children: (data: T) => ReactNode;
}

/** What was fetched, or in its place that it is coming or what went wrong. */
export function Loaded<T>({ query, height = 160, children }: Props<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton height={height} aria-busy="true" />;
}
