import { defineConfig } from "vitest/config";

export default defineConfig({
  define: { APP: JSON.stringify("app-0.js"), PLOTLY: JSON.stringify("plotly-0.js") },
  test: {
    environment: "jsdom",
    include: ["test/**/*.test.{ts,tsx}"],
    pool: "vmThreads",
    restoreMocks: true,
    unstubGlobals: true,
  },
});
