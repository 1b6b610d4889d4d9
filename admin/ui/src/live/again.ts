// Fetching again what is shown, because something may have changed.
import type { QueryClient, QueryKey } from "@tanstack/react-query";

/** Fetch again what is shown under these keys. A fetch that is under way may have read before what changed: it may end
 * (a list on a slow line would never come otherwise), and is followed by another one. Resolves when that has ended. */
export async function again(client: QueryClient, queryKey: QueryKey): Promise<void> {
  const underWay = new Set(client.getQueryCache().findAll({ queryKey, fetchStatus: "fetching" }));
  // Whatever is joined from here on began after this call.
  await client.invalidateQueries({ queryKey }, { cancelRefetch: false });
  if (underWay.size > 0) {
    await client.invalidateQueries({ queryKey, predicate: (query) => underWay.has(query) }, { cancelRefetch: false });
  }
}
