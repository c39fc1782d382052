// The labextension: a module federation container written by hand, so that no second bundler is needed. JupyterLab
// asks it for two modules, the tab and the mime renderer.

import { remember, type ShareScope } from "./lab/host.ts";
import { mime } from "./lab/mime.ts";
import { plugin } from "./lab/plugin.ts";

const modules = new Map([
  ["./extension", plugin],
  ["./mime", mime],
]);

const container = {
  init(scope: ShareScope): void {
    remember(scope);
  },
  async get(name: string): Promise<() => unknown> {
    const make = modules.get(name);
    if (!make) throw new Error(`Live Studio has no module ${name}.`);
    const made = await make();
    return () => ({ __esModule: true, default: made });
  },
};

interface Page {
  _JUPYTERLAB?: Record<string, unknown>;
}

const page = globalThis as Page;
page._JUPYTERLAB ??= {};
page._JUPYTERLAB["live-studio"] = container;
