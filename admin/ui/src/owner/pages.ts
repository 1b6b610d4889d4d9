// Lists that come page by page.
import { useInfiniteQuery } from "@tanstack/react-query";

export interface Part<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Pages<T> {
  /** Undefined until the first page is there. */
  items: T[] | undefined;
  error: Error | null;
  more: (() => void) | null;
  busy: boolean;
  again: () => void;
}

/** `fetch` gives the page that a cursor names. `every` is how often, in milliseconds, it is fetched again. */
export function usePages<T>(
  key: readonly unknown[],
  fetch: (cursor: string | undefined) => Promise<Part<T>>,
  every: number | false | ((items: T[]) => number | false) = false,
): Pages<T> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => fetch(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    refetchInterval: (state) => {
      if (typeof every !== "function") return every;
      return every(state.state.data?.pages.flatMap((page) => page.items) ?? []);
    },
  });
  return {
    items: query.data?.pages.flatMap((page) => page.items),
    error: query.data ? null : query.error,
    more: query.hasNextPage ? () => void query.fetchNextPage() : null,
    busy: query.isFetchingNextPage,
    again: () => void query.refetch(),
  };
}

/** The query of a page: so many, from where the one before ended. */
export function part(cursor: string | undefined, limit = 50): { limit: number; cursor?: string } {
  return cursor === undefined ? { limit } : { limit, cursor };
}
