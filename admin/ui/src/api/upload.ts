import { api, once } from "./client";
import { unwrap } from "./problem";

/** Gives a file to the hub, for a message that is still being written. The same `key` again is the same file. */
export function upload(tenant: string, file: File, key: string): Promise<{ file_id: string }> {
  return unwrap(
    api.POST("/api/v1/tenants/{tenant}/files", {
      params: { path: { tenant }, header: once(key) },
      body: { file: file.name },
      bodySerializer: () => {
        const form = new FormData();
        form.append("file", file, file.name);
        return form;
      },
    }),
  );
}
