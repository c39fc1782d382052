// Holds the bundles to their budgets, in bytes after gzip, which is how they travel.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const KB = 1000;
const budgets = { app: 120 * KB, plotly: 500 * KB, across: 24 * KB, storage: 14 * KB, page: 4 * KB, widget: 8 * KB };

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), "src/live_studio/static");
const manifest = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));

for (const [part, budget] of Object.entries(budgets)) {
  const size = gzipSync(await readFile(join(folder, manifest[part])), { level: 9 }).length;
  const fits = size <= budget;
  console.log(`${fits ? "ok  " : "OVER"} ${part.padEnd(7)} ${(size / KB).toFixed(1)} KB of ${budget / KB} KB gzip`);
  if (!fits) process.exitCode = 1;
}
