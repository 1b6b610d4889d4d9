import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import { unwrap } from "../api/problem";

export const teamsQuery = (tenant: string) =>
  queryOptions({
    queryKey: ["teams", tenant],
    queryFn: () => unwrap(api.GET("/api/v1/tenants/{tenant}/teams", { params: { path: { tenant } } })),
    staleTime: 60_000,
  });
