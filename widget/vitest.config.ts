import { defineConfig } from "vitest/config";

export default defineConfig({
  // The corpora of hostile input lie with the other ones.
  server: { fs: { allow: [".."] } },
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts", "tests/**/*.test.tsx"] },
});
