// Built files that come through the kernel: gzip in, a module out. And all other messages, kept for the app, which
// arrives later than the first of them.

export interface Content {
  type: string;
  name?: string;
  detail?: string;
  bytes?: DataView;
}

type Listener = (content: Content, buffers: DataView[]) => void;

export interface WidgetModel {
  get(name: string): unknown;
  on(event: "msg:custom", listener: Listener): void;
  off(event: "msg:custom", listener: Listener): void;
  send(content: unknown): void;
}

const ASK_EVERY = 5000;
/** Some seconds of a busy training. A widget that is never drawn hears everything; the app asks for what is missing. */
const INBOX_MOST = 300;

/** One module per name and page: two dashboards of one kernel share the app and Plotly. */
const modules = sharedModules();

export class KernelFiles {
  private inbox: Content[] | null = [];
  private readonly arrived = new Map<string, DataView>();
  private readonly waiting = new Map<string, (bytes: DataView) => void>();

  constructor(private readonly model: WidgetModel) {
    const app = model.get("app") as DataView | null | undefined;
    if (app && app.byteLength > 0) this.arrived.set(APP, app);
    model.on("msg:custom", this.onMessage);
  }

  close(): void {
    this.model.off("msg:custom", this.onMessage);
  }

  /** What came so far; from now on the app listens for itself. */
  handOver(): Content[] {
    const inbox = this.inbox ?? [];
    this.inbox = null;
    return inbox;
  }

  load(file: string): Promise<unknown> {
    const known = modules.get(file);
    if (known) return known;
    const module = this.bytes(file).then(importGzip);
    modules.set(file, module);
    module.catch(() => modules.delete(file));
    return module;
  }

  private readonly onMessage: Listener = (content, buffers) => {
    const [bytes] = buffers ?? [];
    if (content.type !== "file" || !content.name || !bytes) {
      this.inbox?.push(bytes ? { ...content, bytes } : content);
      if (this.inbox && this.inbox.length > INBOX_MOST) this.inbox.shift();
      return;
    }
    this.arrived.set(content.name, bytes);
    this.waiting.get(content.name)?.(bytes);
  };

  /** Asks again and again: the first messages after a display may be lost, and a busy kernel answers late. */
  private bytes(file: string): Promise<DataView> {
    const known = this.arrived.get(file);
    if (known) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const ask = () => {
        try {
          this.model.send({ type: "file", name: file });
        } catch {
          stop();
          reject(new Error("The kernel is not there, so the dashboard cannot be loaded. Run %live_studio again."));
        }
      };
      const timer = setInterval(ask, ASK_EVERY);
      const stop = () => clearInterval(timer);
      this.waiting.set(file, (bytes) => {
        stop();
        this.waiting.delete(file);
        resolve(bytes);
      });
      ask();
    });
  }
}

async function importGzip(bytes: DataView): Promise<unknown> {
  const packed = new Blob([
    new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) as Uint8Array<ArrayBuffer>,
  ]);
  const plain = await new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const url = URL.createObjectURL(new Blob([plain], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

function sharedModules(): Map<string, Promise<unknown>> {
  const key = Symbol.for("live-studio.modules");
  const place = globalThis as unknown as Record<symbol, Map<string, Promise<unknown>> | undefined>;
  place[key] ??= new Map();
  return place[key];
}
