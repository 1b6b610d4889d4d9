// The passages behind an answer, whole and as they stand now.
import { useQuery } from "@tanstack/react-query";
import { api, type Schemas } from "../api/client";
import { unwrap } from "../api/problem";
import { useHere } from "../app/access";

export type Source = Schemas["CitationView"];
const MOST_PAGES = 20;

/** By chunk; one that is not there was replaced since. */
export function usePassages(sources: Source[]) {
  const { tenant } = useHere();
  const documents = [...new Set(sources.map((one) => one.document_id))];
  return useQuery({
    queryKey: ["passages", tenant, sources.map((one) => one.chunk_id)],
    queryFn: async () => {
      const wanted = new Set(sources.map((one) => one.chunk_id));
      const found = new Map<string, string>();
      for (const document of documents) {
        let cursor: number | undefined;
        for (let page = 0; page < MOST_PAGES; page += 1) {
          const query = { limit: 200, ...(cursor === undefined ? {} : { cursor }) };
          const { items, next_cursor } = await unwrap(api.GET("/api/v1/tenants/{tenant}/documents/{document}/chunks", { params: { path: { tenant, document }, query } }));
          for (const chunk of items) if (wanted.has(chunk.id)) found.set(chunk.id, chunk.text);
          if (next_cursor === null) break;
          cursor = Number(next_cursor);
        }
      }
      return found;
    },
    staleTime: 0,
  });
}
