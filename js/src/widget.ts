// The loader that anywidget runs in the notebook. It carries no dashboard: that comes from the server beside the
// notebook, with the same address as everywhere on the page, or else from the kernel, so a saved notebook stays small.

import { type Content, KernelFiles, type WidgetModel } from "./loader/kernel_files.ts";
import { baseUrl, serverOf } from "./loader/server.ts";

interface App {
  mount(el: HTMLElement, options: { transport: unknown; project: string; plot?: unknown }): () => void;
  http(base: string): unknown;
  comm(
    model: WidgetModel,
    options: { load(file: string): Promise<unknown>; inbox: Content[]; host: string | null },
  ): unknown;
}

interface Opened {
  app: App;
  transport: unknown;
}

async function open(model: WidgetModel, kernel: KernelFiles): Promise<Opened> {
  const base = baseUrl();
  const server = base === null ? null : await serverOf(base, String(model.get("store_id")));
  const load = async (file: string): Promise<unknown> => {
    if (server === null) return kernel.load(file);
    // A server of another version knows other names; then the kernel has the file.
    return import(`${server}static/${file}`).catch(() => kernel.load(file));
  };
  const app = (await load(APP)) as App;
  if (server !== null) return { app, transport: app.http(server) };
  const host = base === null ? null : await serverOf(base);
  return { app, transport: app.comm(model, { load, inbox: kernel.handOver(), host }) };
}

/** One of these per widget: all views of it share the transport, and listening begins before the first is drawn. */
function widget() {
  let kernel: KernelFiles | null = null;
  let opened: Promise<Opened> | null = null;
  const listen = (model: WidgetModel): KernelFiles => {
    kernel ??= new KernelFiles(model);
    return kernel;
  };
  const start = (model: WidgetModel): Promise<Opened> => {
    opened ??= open(model, listen(model));
    // A failed start may be tried again by the next view.
    opened.catch(() => {
      opened = null;
    });
    return opened;
  };
  return {
    initialize({ model }: { model: WidgetModel }): () => void {
      // Only listen: where the labextension draws the output, no view of ours ever asks for more.
      const files = listen(model);
      return () => files.close();
    },
    async render({ model, el }: { model: WidgetModel; el: HTMLElement }): Promise<() => void> {
      const say = waiting(el);
      try {
        const { app, transport } = await start(model);
        say(null);
        return app.mount(el, { transport, project: String(model.get("project") ?? ""), plot: model.get("plot") });
      } catch (error) {
        say(error instanceof Error ? error.message : String(error));
        return () => undefined;
      }
    },
  };
}

const PATIENCE = 2000;

/** One line in place of the dashboard, but only when it takes long: a flash of text would be noise. */
function waiting(el: HTMLElement): (text: string | null) => void {
  const line = document.createElement("div");
  const show = (text: string) => {
    line.textContent = text;
    el.append(line);
  };
  const timer = setTimeout(
    () => show("Waiting for the kernel: the dashboard appears when the running cell ends."),
    PATIENCE,
  );
  return (text) => {
    clearTimeout(timer);
    line.remove();
    if (text !== null) show(text);
  };
}

export default widget;
