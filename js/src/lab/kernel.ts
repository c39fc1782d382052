// Watches the kernel of the notebook that an output stands in. Only signals that JupyterLab has anyway are listened to.

import type { Kernel, Running } from "../kernel.ts";
import { address } from "./app.ts";
import type { Cell, KernelMessage, Notebook } from "./host.ts";

/** Most cells are done sooner, and a word that comes and goes with each of them would only flicker. */
const PATIENCE = 2000;

export class NotebookKernel implements Kernel {
  running: Running | null = null;
  ended: Kernel["ended"] = null;
  private last: Running = { cell: null, since: null };
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly notebook: Notebook) {}

  private get session() {
    return this.notebook.sessionContext;
  }

  /** Numbers begin again with every kernel, so the error has to be there too. */
  wayTo(cell: number, error: string): (() => void) | null {
    const { content } = this.notebook;
    const index = content?.widgets?.findIndex((one) => one.model.executionCount === cell && raised(one, error)) ?? -1;
    if (!content || index < 0) return null;
    return () => {
      content.activeCellIndex = index;
      content.scrollToItem?.(index, "center");
    };
  }

  subscribe(listener: () => void): () => void {
    const entry = () => listener();
    if (this.listeners.size === 0) this.open();
    this.listeners.add(entry);
    return () => {
      if (this.listeners.delete(entry) && this.listeners.size === 0) this.close();
    };
  }

  private open(): void {
    this.session.statusChanged.connect(this.onStatus);
    this.session.iopubMessage.connect(this.onMessage);
    void this.begin();
  }

  private close(): void {
    clearTimeout(this.timer);
    this.session.statusChanged.disconnect(this.onStatus);
    this.session.iopubMessage.disconnect(this.onMessage);
  }

  /** A page that comes to a busy kernel hears nothing from it until its cell ends; the server knows. */
  private async begin(): Promise<void> {
    try {
      // A view may be drawn from the saved notebook before the page has found its kernel.
      await this.session.ready;
      const id = this.session.session?.kernel?.id;
      if (id === undefined || this.running || this.listeners.size === 0) return;
      const answer = await fetch(new URL(`../api/kernels/${encodeURIComponent(id)}`, await address()));
      const { execution_state } = (await answer.json()) as { execution_state?: unknown };
      if (execution_state === "busy") this.busy();
    } catch {
      // Nothing is known of it, and so nothing is said.
    }
  }

  private readonly onStatus = (_: unknown, status: string): void => {
    if (status === "busy") this.busy();
    // Nothing has been heard of it yet, which is no word of its end.
    else if (status !== "unknown") this.idle();
    if (status === "dead" || status === "autorestarting") this.end("died");
    if (status === "restarting") this.end("restarted");
  };

  private readonly onMessage = (_: unknown, { header, content }: KernelMessage): void => {
    if (header.msg_type !== "execute_input") return;
    const since = Date.parse(header.date);
    this.last = { cell: content.execution_count ?? null, since: Number.isNaN(since) ? null : since };
    // The next cell may follow so soon that nobody was told of an end.
    if (this.running) this.say(this.last);
  };

  private busy(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.say(this.last), PATIENCE);
  }

  private idle(): void {
    clearTimeout(this.timer);
    this.last = { cell: null, since: null };
    this.say(null);
  }

  private end(how: "died" | "restarted"): void {
    this.ended = { how, at: Date.now() };
    this.tell();
  }

  private say(running: Running | null): void {
    if (running === this.running) return;
    this.running = running;
    this.tell();
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

function raised({ model: { outputs } }: Cell, error: string): boolean {
  if (!outputs) return false;
  const all = Array.from({ length: outputs.length }, (_, index) => outputs.get(index).toJSON());
  return all.some(({ output_type, ename }) => output_type === "error" && ename === error);
}
