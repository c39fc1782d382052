// The kernel itself, where no server stands beside the notebook (VS Code, Colab, marimo). The kernel pushes what we
// need unasked, because a kernel that runs a cell answers no request; what we ask is answered when the cell ends.

import type { Changes, SeriesAnswer, SeriesRequest } from "../contract.ts";
import { Feed } from "./feed.ts";
import { SeriesCache } from "./series_cache.ts";
import type { Connection, Transport } from "./transport.ts";

/** The few methods of an anywidget model that are used. */
export interface Model {
  get(name: string): unknown;
  on(event: string, listener: (...values: never[]) => void): void;
  off(event: string, listener: (...values: never[]) => void): void;
  send(content: unknown): void;
}

export type Message =
  | { type: "changes"; since: number; changes: Changes }
  | { type: "series"; answer: SeriesAnswer }
  | { type: "file"; name: string }
  | { type: "error"; detail: string };

export interface CommOptions {
  /** Loads a built file; the loader knows how, because it had to load the app. */
  load(file: string): Promise<unknown>;
  /** Messages that came before the app did. */
  inbox: Message[];
}

/** After this long a chart draws what there is; a busy kernel will not answer sooner. */
const ANSWER_WITHIN = 1500;
/** A question may have been lost, with a restarted kernel or because nobody listened when its answer came. */
const ASK_AGAIN = 30_000;

export class CommTransport implements Transport {
  readonly actions = null;
  readonly load: CommOptions["load"];
  private readonly feed = new Feed();
  private readonly cache = new SeriesCache();
  private asked: { since: number; at: number } | null = null;

  constructor(
    private readonly model: Model,
    { load, inbox }: CommOptions,
  ) {
    this.load = load;
    this.feed.connection = { kind: "kernel" };
    this.onTrait();
    for (const message of inbox) this.onMessage(message);
  }

  get state() {
    return this.feed.state;
  }

  get connection(): Connection {
    return this.feed.connection;
  }

  now(): number {
    return this.feed.now();
  }

  subscribe(listener: () => void): () => void {
    if (!this.feed.watched) this.open();
    const leave = this.feed.listen(listener);
    return () => {
      leave();
      if (!this.feed.watched) this.close();
    };
  }

  async series(request: SeriesRequest): Promise<SeriesAnswer> {
    if (this.cache.mayAsk(request)) {
      this.send({ type: "series", metric: request.metric, experiments: request.experiments, points: request.points });
    }
    await this.cache.settled(request, ANSWER_WITHIN);
    return this.cache.answer(request);
  }

  imageUrl(): null {
    return null;
  }

  retry(): void {
    this.feed.connect({ kind: "kernel" });
    this.ask();
  }

  private open(): void {
    this.model.on("msg:custom", this.onMessage);
    this.model.on("change:changes", this.onTrait);
    // Nobody heard what came until now, so an open question may have been answered to the wall.
    this.asked = null;
    this.ask();
  }

  private close(): void {
    this.model.off("msg:custom", this.onMessage);
    this.model.off("change:changes", this.onTrait);
  }

  private readonly onTrait = (): void => {
    const changes = this.model.get("changes") as Changes | null | undefined;
    if (!changes || typeof changes.seq !== "number") return;
    // A snapshot may be cut short; a busy kernel sends the rest late, and charts should not wait for it.
    this.feed.receive({ ...changes, more: false });
  };

  private readonly onMessage = (message: Message): void => {
    if (message.type === "changes") this.onChanges(message.since, message.changes);
    if (message.type !== "series") return;
    this.cache.put(message.answer);
    this.feed.tell();
  };

  private onChanges(since: number, changes: Changes): void {
    if (since > this.feed.state.seq) {
      this.ask();
      return;
    }
    this.asked = null;
    this.feed.receive(changes);
    if (changes.more) this.ask();
  }

  /** Asks for what is missing. Rarely twice per place: a busy kernel would find a heap of the same question. */
  private ask(): void {
    const since = this.feed.state.seq;
    const at = performance.now();
    if (this.asked?.since === since && at - this.asked.at < ASK_AGAIN) return;
    this.asked = { since, at };
    this.send({ type: "changes", since });
  }

  /** Sending throws where the kernel is gone, for example in a notebook that was only opened. */
  private send(content: unknown): void {
    try {
      this.model.send(content);
    } catch {
      this.feed.connect({ kind: "snapshot" });
    }
  }
}

export const comm = (model: Model, options: CommOptions): Transport => new CommTransport(model, options);
