// The "Live Studio" tab: a card in the launcher, a command and its entry in the palette. And the notebook is saved once
// when a dashboard first appears in it, because an output that was never saved is gone after a reload.

import { address, loadApp } from "./app.ts";
import {
  type CommandPalette,
  type Config,
  type DocumentContext,
  type LabApp,
  type Launcher,
  type Lumino,
  type LuminoWidget,
  type Main,
  type Notebook,
  type SettingRegistry,
  take,
} from "./host.ts";
import { ICON } from "./icon.ts";
import { findNotebooksBy, onFirstView } from "./mime.ts";

const COMMAND = "live-studio:open";
const PLUGIN = "live-studio:plugin";
const CATEGORY = "Live Studio";

interface Token {
  readonly name: string;
}

type Services = [Launcher?, CommandPalette?, SettingRegistry?];

export async function plugin(): Promise<unknown> {
  const [launcher, apputils, settings] = await Promise.all([
    take<{ ILauncher: Token }>("@jupyterlab/launcher"),
    take<{ ICommandPalette: Token; MainAreaWidget: MainArea }>("@jupyterlab/apputils"),
    take<{ ISettingRegistry: Token }>("@jupyterlab/settingregistry"),
  ]);
  const wanted = [launcher?.ILauncher, apputils?.ICommandPalette, settings?.ISettingRegistry];
  const there = wanted.map((token, index) => ({ token, index })).filter(({ token }) => token !== undefined);
  return {
    id: PLUGIN,
    description: "The Live Studio tab.",
    autoStart: true,
    optional: there.map(({ token }) => token),
    activate: async (app: LabApp, ...found: unknown[]) => {
      const services = new Array(wanted.length).fill(undefined) as unknown as Services;
      there.forEach(({ index }, at) => {
        services[index] = (found[at] ?? undefined) as never;
      });
      await activate(app, services, apputils?.MainAreaWidget);
    },
  };
}

type MainArea = new (options: { content: LuminoWidget }) => LuminoWidget;

async function activate(
  app: LabApp,
  [launcher, palette, settings]: Services,
  area: MainArea | undefined,
): Promise<void> {
  const icon = await labIcon();
  const open = await opener(app, area, icon);
  const execute = (): void => void open();
  app.commands.addCommand(COMMAND, { label: "Live Studio", caption: "Live experiments", icon, execute });
  launcher?.add({ command: COMMAND, category: "Other", rank: 1 });
  palette?.addItem({ command: COMMAND, category: CATEGORY });
  saveOnFirstView(app, settings);
  findNotebooksBy((node) => notebookOf(app, node));
}

async function labIcon(): Promise<unknown> {
  const ui = await take<{ LabIcon: new (options: { name: string; svgstr: string }) => unknown }>(
    "@jupyterlab/ui-components",
  );
  return ui ? new ui.LabIcon({ name: "live-studio:icon", svgstr: ICON }) : undefined;
}

/** How this host opens the dashboard. All that is waited for is waited for now: a popup must follow its click at once. */
async function opener(app: LabApp, area: MainArea | undefined, icon: unknown): Promise<() => unknown> {
  const config = await take<Config>("@jupyterlab/coreutils");
  const lumino = await take<Lumino>("@lumino/widgets");
  const url = await address();
  // Notebook 7 shows one document per browser tab, so the dashboard gets one of its own there.
  if (!area || !lumino || config?.PageConfig.getOption("notebookPage"))
    return () => window.open(url, "_blank", "noopener");
  let tab: LuminoWidget | null = null;
  return async () => {
    if (!tab || tab.isDisposed) {
      tab = new area({ content: await dashboard(lumino) });
      tab.id = "live-studio";
      tab.title.label = "Live Studio";
      tab.title.closable = true;
      tab.title.icon = icon;
      app.shell.add(tab, "main");
    }
    app.shell.activateById(tab.id);
  };
}

async function dashboard({ Widget }: Lumino): Promise<LuminoWidget> {
  const node = document.createElement("div");
  node.style.overflow = "auto";
  let stop: (() => void) | null = null;
  class Dashboard extends Widget {
    override dispose(): void {
      if (this.isDisposed) return;
      stop?.();
      super.dispose();
    }
  }
  const widget = new Dashboard({ node });
  try {
    const { app, base } = await loadApp();
    const bookmark = app.inSession(`live-studio.project ${base}`);
    stop = app.mount(node, { transport: app.http(base), project: "", page: true, bookmark });
  } catch {
    node.textContent =
      "Live Studio's server extension does not answer. Restart the Jupyter server and open this tab again.";
  }
  return widget;
}

const AFTER = 1000;

function saveOnFirstView(app: LabApp, settings: SettingRegistry | undefined): void {
  const saved = new WeakMap<DocumentContext, Set<string>>();
  onFirstView((node, storeId) => {
    // The output is part of the document a moment after it is drawn.
    setTimeout(() => void saveOnce(node, storeId), AFTER);
  });
  async function saveOnce(node: HTMLElement, storeId: string): Promise<void> {
    const context = documentOf(app, node);
    if (!context || saved.get(context)?.has(storeId)) return;
    // Once for each store: a kernel that was connected shows another one than its output says on the disk.
    saved.set(context, (saved.get(context) ?? new Set()).add(storeId));
    if (!(await wanted(settings))) return;
    const mine = context.model.dirty && !context.model.collaborative && context.contentsModel?.writable !== false;
    if (mine) await context.save();
  }
}

async function wanted(settings: SettingRegistry | undefined): Promise<boolean> {
  try {
    return (await settings?.load(PLUGIN))?.get("saveOnFirstView").composite !== false;
  } catch {
    return true;
  }
}

const documentOf = (app: LabApp, node: HTMLElement): DocumentContext | undefined => mainOf(app, node)?.context;

function notebookOf(app: LabApp, node: HTMLElement): Notebook | null {
  const main = mainOf(app, node);
  return main?.sessionContext ? (main as Notebook) : null;
}

function mainOf(app: LabApp, node: HTMLElement): Main | undefined {
  for (const widget of app.shell.widgets("main")) if (widget.node.contains(node)) return widget;
  return undefined;
}
