// Builds the app (its name carries its digest), then the loader that knows that name, and weighs both.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(here, "../hub/http/static/widget");
// From the click to a streamed, cited answer in English the browser fetches the app alone; the panels come on need.
const limits = { loader: 3 * 1024, app: 40 * 1024, panels: 16 * 1024 };

// What the panels take from the app instead of bringing their own.
const LENT = ["preact", "preact/hooks", "preact/jsx-runtime"];

async function bundle(entry, fileName, define, external = []) {
  await build({
    root: here,
    configFile: false,
    logLevel: "warn",
    define: { "process.env.NODE_ENV": '"production"', ...define },
    build: {
      outDir: out,
      emptyOutDir: false,
      target: "es2022",
      minify: true,
      lib: { entry: join(here, entry), formats: ["iife"], name: "SwitchboardBundle" },
      rollupOptions: {
        external,
        output: { entryFileNames: fileName, globals: Object.fromEntries(external.map((name) => [name, "__switchboard.lend"])) },
      },
    },
  });
}

function weigh(bytes) {
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
// A language is one file, fetched by those who need it; English is in the app.
const locales = {};
for (const name of await readdir(join(here, "src/locales"))) {
  if (!name.endsWith(".json")) continue;
  const words = JSON.stringify(JSON.parse(await readFile(join(here, "src/locales", name), "utf8")));
  const digest = createHash("sha256").update(words).digest("base64url").slice(0, 8);
  locales[name.slice(0, -5)] = `locale-${name.slice(0, -5)}-${digest}.json`;
  await writeFile(join(out, locales[name.slice(0, -5)]), words);
}
await bundle("src/panels/index.tsx", "panels-[hash].js", {}, LENT);
const panels = (await readdir(out)).find((name) => name.startsWith("panels-"));
await bundle("src/app.tsx", "app-[hash].js", { __LOCALES__: JSON.stringify(locales), __PANELS__: JSON.stringify(panels) });
const app = (await readdir(out)).find((name) => name.startsWith("app-"));
await bundle("src/loader.ts", "widget.js", { __APP__: JSON.stringify(app) });

const sizes = {
  loader: { file: "widget.js", limit: limits.loader, ...weigh(await readFile(join(out, "widget.js"))) },
  app: { file: app, limit: limits.app, ...weigh(await readFile(join(out, app))) },
  panels: { file: panels, limit: limits.panels, ...weigh(await readFile(join(out, panels))) },
};
await writeFile(join(out, "sizes.json"), `${JSON.stringify(sizes, null, 2)}\n`);
console.log(`From the click to a streamed, cited answer: ${sizes.app.gzip} bytes of JavaScript after gzip (limit ${limits.app}).`);
for (const [name, size] of Object.entries(sizes)) {
  console.log(`${name}: ${size.raw} bytes, ${size.gzip} gzip (limit ${size.limit}), ${size.brotli} brotli`);
  if (size.gzip > size.limit) {
    console.error(`The ${name} is ${size.gzip - size.limit} bytes over its limit. Take something out.`);
    process.exitCode = 1;
  }
}
