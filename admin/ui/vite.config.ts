import react from "@vitejs/plugin-react";
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { firstLoad } from "./vite/first-load.ts";
import { themeVariables } from "./vite/theme-variables.ts";

export default defineConfig({
  base: "/admin/",
  resolve: { alias: { "react-remove-scroll": resolve(import.meta.dirname, "src/look/noScrollLock.tsx") } },
  plugins: [react(), themeVariables(), firstLoad()],
  build: {
    outDir: resolve(import.meta.dirname, "../../hub/http/static/admin"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2022",
    manifest: "manifest.json",
    reportCompressedSize: false,
    // The policy of the page allows no inline script; every browser this targets preloads modules by itself.
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/socket.io": { target: "http://127.0.0.1:8080", ws: true } } },
});
