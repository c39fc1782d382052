import { defineConfig } from "vitest/config";

export default defineConfig({
  cacheDir: "../node_modules/.vite",
  define: {
    APP: JSON.stringify("app-0.js"),
    PLOTLY: JSON.stringify("plotly-0.js"),
    ACROSS: JSON.stringify("across-0.js"),
  },
  test: {
    css: true, // otherwise style sheets are read as nothing, and what is said of them is always true
    environment: "jsdom",
    include: ["test/**/*.test.{ts,tsx}"],
    pool: "vmThreads",
    restoreMocks: true,
    testTimeout: 60_000, // a busy machine draws slowly
    unstubGlobals: true,
  },
});
