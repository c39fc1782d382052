// Draws saved dashboard outputs. It needs no kernel, so a page that is reloaded while a cell runs shows a moving table
// at once, where a widget would wait for the cell to end.

import { address, loadApp } from "./app.ts";
import { type Lumino, type LuminoWidget, type Notebook, take } from "./host.ts";
import { NotebookKernel } from "./kernel.ts";

export const MIME = "application/vnd.live-studio.view+json";

interface MimeModel {
  data: Record<string, unknown>;
}

interface Options {
  sanitizer?: { sanitize(html: string): string };
}

/** Ids and a version, nothing else: anybody's notebook may be opened, so nothing in it may act. */
interface ViewData {
  version: 1;
  store_id: string;
  project: string;
  /** The names of metrics: a small view of one run instead of the dashboard. */
  plot: string[] | null;
}

type Listener = (node: HTMLElement, storeId: string) => void;

const seen = new Set<Listener>();

/** Calls `listener` each time a dashboard output has been drawn. */
export const onFirstView = (listener: Listener): void => void seen.add(listener);

type Notebooks = (node: HTMLElement) => Notebook | null;

let notebookOf: Notebooks = () => null;

/** A renderer knows its node and nothing around it; whoever knows the page says which notebook that stands in. */
export function findNotebooksBy(find: Notebooks): void {
  notebookOf = find;
}

export async function mime(): Promise<unknown> {
  const lumino = await take<Lumino>("@lumino/widgets");
  if (!lumino) throw new Error("Live Studio found no @lumino/widgets in this page.");
  const View = viewClass(lumino);
  return {
    id: "live-studio:mime",
    description: "Draws Live Studio dashboards.",
    rank: -20,
    dataType: "json",
    rendererFactory: {
      safe: true,
      mimeTypes: [MIME],
      defaultRank: -20,
      createRenderer: (options: Options) => new View(options),
    },
  };
}

type Renderer = LuminoWidget & { renderModel(model: MimeModel): Promise<void> };

function viewClass({ Widget }: Lumino): new (options: Options) => Renderer {
  return class View extends Widget {
    private data: ViewData | null = null;
    private html = "";
    private key: string | null = null;
    private stop: (() => void) | null = null;

    constructor(private readonly options: Options) {
      super();
      this.addClass("live-studio-output");
    }

    async renderModel({ data }: MimeModel): Promise<void> {
      this.data = viewData(data[MIME]);
      this.html = htmlOf(data["text/html"]);
      await this.show();
    }

    /** JupyterLab calls this; an isolated output is never attached and never disposed, so mounting waits for it. */
    onAfterAttach(): void {
      void this.show();
    }

    override dispose(): void {
      if (this.isDisposed) return;
      this.stop?.();
      super.dispose();
    }

    private async show(): Promise<void> {
      const { data } = this;
      if (!this.isAttached) return;
      const key = JSON.stringify(data);
      if (key === this.key) return;
      this.key = key;
      try {
        if (!data) throw new Error("not ours");
        await this.mount(data, key);
      } catch {
        this.key = null;
        this.fallBack();
      }
    }

    private async mount(data: ViewData, key: string): Promise<void> {
      const [{ app, base }] = await Promise.all([loadApp(), sameStore(data.store_id)]);
      if (this.isDisposed || key !== this.key) return;
      this.stop?.();
      this.node.replaceChildren();
      const notebook = notebookOf(this.node);
      this.stop = app.mount(this.node, {
        transport: app.http(base),
        project: data.project,
        plot: data.plot,
        kernel: notebook && new NotebookKernel(notebook),
      });
      for (const listener of seen) listener(this.node, data.store_id);
    }

    /** Our route is dead or keeps other experiments: the saved picture, cleaned by JupyterLab, and a line. */
    private fallBack(): void {
      if (this.isDisposed || this.stop) return;
      const line = document.createElement("p");
      line.textContent = "Saved state. Live Studio does not answer here; run %live_studio to go live.";
      const clean = this.options.sanitizer?.sanitize(this.html) ?? "";
      this.node.replaceChildren(...parsed(clean), line);
    }
  };
}

function viewData(value: unknown): ViewData | null {
  if (typeof value !== "object" || value === null) return null;
  const { version, store_id, project, plot = null } = value as Record<string, unknown>;
  if (version !== 1 || typeof store_id !== "string" || typeof project !== "string") return null;
  if (plot !== null && !isNames(plot)) return null;
  return { version, store_id, project, plot };
}

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === "string");

/** A multi-line string is a list of lines in a notebook file. */
function htmlOf(value: unknown): string {
  return Array.isArray(value) ? value.join("") : typeof value === "string" ? value : "";
}

/** The nodes of HTML that the sanitizer has cleaned; scripts in a parsed document never run. */
function parsed(html: string): ChildNode[] {
  return [...new DOMParser().parseFromString(html, "text/html").body.childNodes];
}

async function sameStore(storeId: string): Promise<void> {
  const response = await fetch(`${await address()}api/health`);
  const health = (await response.json()) as { store_id?: unknown };
  // A notebook that is handed around, such as the quickstart, names no store: whatever is here is meant.
  if (storeId !== "" && health.store_id !== storeId) throw new Error("another store");
}
