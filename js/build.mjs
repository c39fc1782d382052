// Builds the browser files: everything that has a hash in its name may be cached for ever, so a hash covers the bytes.
// Separate builds and not esbuild's splitting: a chunk imported by a relative path has no base inside a Blob URL, and
// that is how the app arrives where no server can be reached.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, watch, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = (name) => join(root, "js/src", name);
const staticDir = join(root, "src/live_studio/static");
const extensionDir = join(root, "src/live_studio/labextension");

const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const target = ["chrome111", "firefox114", "safari16.4"];

/** Style sheets travel as text inside the app, so that one import brings all there is to see. */
const cssAsText = {
  name: "css-as-text",
  setup(api) {
    api.onLoad({ filter: /[\\/]js[\\/]src[\\/]styles[\\/].*\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target });
      return { contents: code, loader: "text" };
    });
  },
};

/** Plotly is written for a bundler that knows Node's names; its map style sheet is never used. */
const plotlyOptions = {
  alias: { stream: "stream-browserify", regl: "@plotly/regl" },
  define: { global: "globalThis", "define.amd": "false" },
  loader: { ".css": "empty" },
};

async function bundle(entry, options = {}) {
  const result = await build({
    entryPoints: [source(entry)],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    ...options,
  });
  return result.outputFiles[0].contents;
}

const quoted = (values) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 12);

async function writeHashed(folder, name, bytes) {
  const file = name.replace("HASH", hash(bytes));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file), bytes);
  return file;
}

async function removeOthers(folder, keep) {
  for (const file of await readdir(folder)) {
    if (file.endsWith(".js") && !keep.includes(file)) await rm(join(folder, file));
  }
}

async function buildStatic() {
  const plotly = await writeHashed(staticDir, "plotly-HASH.js", await bundle("plots/plotly.ts", plotlyOptions));
  const across = await writeHashed(staticDir, "across-HASH.js", await bundle("across/module.tsx"));
  const storage = await writeHashed(staticDir, "storage-HASH.js", await bundle("storage/module.tsx"));
  const names = quoted({ PLOTLY: plotly, ACROSS: across, STORAGE: storage });
  const appBytes = await bundle("app.tsx", { define: names, plugins: [cssAsText] });
  const app = await writeHashed(staticDir, "app-HASH.js", appBytes);
  const define = quoted({ APP: app });
  const page = await writeHashed(staticDir, "page-HASH.js", await bundle("page.ts", { define }));
  await writeFile(join(staticDir, "widget.js"), await bundle("widget.ts", { define }));
  const manifest = { app, plotly, across, storage, page, widget: "widget.js" };
  await writeFile(join(staticDir, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await removeOthers(staticDir, Object.values(manifest));
  return manifest;
}

/** JupyterLab reads the entry's name from package.json at each page load, so a new build is never stale. */
async function buildExtension(app) {
  const folder = join(extensionDir, "static");
  const entry = await writeHashed(
    folder,
    "remoteEntry.HASH.js",
    await bundle("lab.ts", { format: "iife", define: quoted({ APP: app }) }),
  );
  await removeOthers(folder, [entry]);
  const write = (name, value) => writeFile(join(extensionDir, name), `${JSON.stringify(value, null, 2)}\n`);
  await write("package.json", extensionPackage(entry));
  await write("install.json", installRecord);
  await mkdir(join(extensionDir, "schemas/live-studio"), { recursive: true });
  await write("schemas/live-studio/plugin.json", JSON.parse(await readFile(source("lab/settings.json"), "utf8")));
}

const extensionPackage = (entry) => ({
  name: "live-studio",
  version,
  description: "Live experiments in JupyterLab and Jupyter Notebook",
  license: "Apache-2.0",
  jupyterlab: {
    extension: true,
    mimeExtension: true,
    schemaDir: "schema",
    _build: { load: `static/${entry}`, extension: "./extension", mimeExtension: "./mime" },
  },
});

const installRecord = {
  packageManager: "python",
  packageName: "live-studio",
  uninstallInstructions: "Use your Python package manager (pip, uv, conda) to uninstall the package live-studio",
};

async function buildAll() {
  const manifest = await buildStatic();
  await buildExtension(manifest.app);
  return manifest;
}

async function watchSources() {
  for await (const _event of watch(join(root, "js/src"), { recursive: true })) {
    // A half-saved file is an error now and fine a moment later: say it and go on watching.
    await buildAll().then(
      (manifest) => console.log(`built ${manifest.app}`),
      (error) => console.error(error.message),
    );
  }
}

console.log(`built ${Object.values(await buildAll()).join(" ")}`);
if (process.argv.includes("--watch")) await watchSources();
