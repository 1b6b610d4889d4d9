// How much JavaScript comes before the inbox can be used, weighed when it is built: the entry, the frame, the inbox and
// all they import, with one language. An open conversation adds what `opened` says.
import { gzipSync } from "node:zlib";
import type { OutputChunk } from "rolldown";
import type { Plugin } from "vite";

/** Bytes of JavaScript after gzip. */
export const LIMIT = 250_000;
const FIRST = ["src/app/Frame.tsx", "src/inbox/Inbox.tsx", "src/i18n/de/index.ts"];
const OPENED = ["src/inbox/opened.ts"];

export function firstLoad(): Plugin {
  return {
    name: "first-load",
    apply: "build",
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file): file is OutputChunk => file.type === "chunk");
      const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
      const needed = new Set<string>();
      const take = (name: string) => {
        if (needed.has(name)) return;
        needed.add(name);
        byName.get(name)?.imports.forEach(take);
      };
      const weigh = (modules: string[]) => {
        const from = (chunk: OutputChunk) => chunk.facadeModuleId ?? "";
        chunks.filter((chunk) => chunk.isEntry || modules.some((one) => from(chunk).endsWith(one))).forEach(({ fileName }) => take(fileName));
        return [...needed].reduce((sum, name) => sum + gzipSync(byName.get(name)?.code ?? "", { level: 9 }).length, 0);
      };
      const total = weigh(FIRST);
      const files = [...needed].sort();
      const opened = weigh(OPENED);
      this.emitFile({ type: "asset", fileName: "sizes.json", source: `${JSON.stringify({ limit: LIMIT, total, opened, files }, null, 2)}\n` });
      console.log(`first load of the inbox: ${total} bytes gzip (limit ${LIMIT}); with a conversation open: ${opened}`);
      if (total > LIMIT) this.error(`The inbox's first load is ${total - LIMIT} bytes over its limit. Take something out.`);
    },
  };
}
