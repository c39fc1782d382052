// The kernel itself, where no server stands beside the notebook (VS Code, Colab, marimo). The kernel pushes what we
// need unasked, because a kernel that runs a cell answers no request; what we ask is answered when the cell ends.

import type { Changes, Details, DetailsRequest, Experiment, Series, SeriesAnswer, SeriesRequest } from "../contract.ts";
import { BodyCache } from "./body_cache.ts";
import { Feed } from "./feed.ts";
import { Stranger } from "./host.ts";
import { ImageCache, type Piece } from "./image_cache.ts";
import { KernelRuns } from "./kernel_runs.ts";
import { type GroupsAsked, groupsAsked, SeriesCache } from "./series_cache.ts";
import type { Host, Runs, TokenDesk, Transport } from "./transport.ts";

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
  | { type: "groups"; asked: GroupsAsked; answer: SeriesAnswer }
  | ({ type: "details"; details: Details | null } & DetailsRequest)
  | { type: "plot"; experiment: string; digest: string; body: unknown }
  /** `bytes` where it came before the app did. */
  | ({ type: "image"; experiment: string; bytes?: DataView } & Piece)
  | { type: "file"; name: string }
  | { type: "connected"; problem: string | null }
  | { type: "told"; ask: number; problem: string | null }
  | { type: "error"; detail: string };

export interface CommOptions {
  /** Loads a built file; the loader knows how, because it had to load the app. */
  load(file: string): Promise<unknown>;
  /** Messages that came before the app did. */
  inbox: Message[];
  /** The address of a server beside the notebook that keeps another store. */
  host?: string | null;
}

/** After this long a chart draws what there is; a busy kernel will not answer sooner. */
const ANSWER_WITHIN = 1500;
/** A question may have been lost, with a restarted kernel or because nobody listened when its answer came. */
const ASK_AGAIN = 30_000;

export class CommTransport extends Feed implements Transport {
  readonly actions = null;
  readonly storage = null;
  private readonly kernel = new KernelRuns((said) => this.send(said));
  readonly tokens: TokenDesk | null;
  readonly host: Host | null;
  private connecting: { resolve(): void; reject(error: Error): void } | null = null;
  readonly load: CommOptions["load"];
  private readonly cache = new SeriesCache();
  private readonly bodies = new BodyCache();
  private readonly images = new ImageCache();
  private readonly curious = new Map<string, { resolve(details: Details): void; reject(error: Error): void }>();
  private asked: { since: number; at: number } | null = null;
  private patience: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly model: Model,
    { load, inbox, host = null }: CommOptions,
  ) {
    super();
    this.host =
      host === null
        ? null
        : new Stranger(
            host,
            (url, token) => this.hand(url, token),
            () => this.tell(),
          );
    this.tokens = this.host?.desk ?? null;
    this.load = load;
    this.connection = { kind: "kernel" };
    this.onTrait();
    for (const message of inbox) this.onMessage(message);
  }

  async series(request: SeriesRequest): Promise<SeriesAnswer> {
    if (request.experiments.length > 0 && this.cache.mayAsk(request)) {
      const { metric, experiments, points, generation } = request;
      this.send({ type: "series", metric, experiments, points, generation });
    }
    const asked = groupsAsked(request);
    if (asked && this.cache.mayAskGroups(asked)) this.send({ type: "groups", ...asked });
    await this.cache.settled(request, ANSWER_WITHIN);
    const answer = { ...this.cache.answer(request), ...this.cache.groupsOf(asked) };
    if (request.x !== "relative") return answer;
    return {
      ...answer,
      series: answer.series.map((one) => sinceStart(one, this.state.experiments.get(one.experiment))),
    };
  }

  details(request: DetailsRequest): Promise<Details> {
    this.send({ type: "details", ...request });
    if (this.connection.kind === "snapshot")
      return Promise.reject(new Error("A saved snapshot holds the newest start, and long values only in part."));
    return new Promise((resolve, reject) => {
      this.curious.set(keyOf(request), { resolve, reject });
    });
  }

  plot(experiment: string, digest: string): Promise<unknown> {
    return this.bodies.get(digest, () => this.send({ type: "plot", experiment, digest }));
  }

  imageUrl(experiment: string, digest: string, ask = true): string | null {
    return this.images.url(digest, ask ? () => this.send({ type: "image", experiment, digest }) : null);
  }

  /** A saved notebook without its kernel has nobody who could tell a run anything. */
  get runs(): Runs | null {
    return this.connection.kind === "snapshot" ? null : this.kernel;
  }

  retry(): void {
    this.connect({ kind: "kernel" });
    this.ask();
  }

  protected override open(): void {
    this.model.on("msg:custom", this.onMessage);
    this.model.on("change:changes", this.onTrait);
    this.model.on("comm_live_update", this.onLiving);
    // Nobody heard what came until now, so an open question may have been answered to the wall.
    this.asked = null;
    this.ask();
    this.expectRest();
  }

  protected override close(): void {
    clearTimeout(this.patience);
    this.model.off("msg:custom", this.onMessage);
    this.model.off("change:changes", this.onTrait);
    this.model.off("comm_live_update", this.onLiving);
  }

  private readonly onTrait = (): void => {
    const changes = this.model.get("changes") as Changes | null | undefined;
    if (!changes || typeof changes.seq !== "number") return;
    this.receive(changes);
    this.expectRest();
  };

  /** The host's word that the kernel went or came back: which of both, only an answer says. */
  private readonly onLiving = (): void => {
    this.settle();
    this.connect({ kind: "snapshot" });
    this.asked = null;
    this.ask();
  };

  private readonly onMessage = (message: Message, buffers: readonly DataView[] = []): void => {
    if (this.connection.kind === "snapshot") this.connect({ kind: "kernel" });
    if (message.type === "changes") this.onChanges(message.since, message.changes);
    if (message.type === "details") this.onDetails(message);
    if (message.type === "plot") this.bodies.put(message.digest, message.body);
    if (message.type === "connected") this.onConnected(message.problem);
    if (message.type === "told") this.kernel.onTold(message);
    if (message.type === "image" && this.images.put(message, buffers[0] ?? message.bytes)) this.tell();
    if (message.type === "groups") this.cache.putGroups(message.asked, message.answer);
    else if (message.type === "series") this.cache.put(message.answer);
    else return;
    this.tell();
  };

  /** The token goes through the comm and into no state: what is state is saved with the notebook. */
  private hand(url: string, token: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.connecting = { resolve, reject };
      this.send({ type: "connect", url, token });
    });
  }

  private onConnected(problem: string | null): void {
    if (problem === null) this.connecting?.resolve();
    else this.connecting?.reject(new Error(problem));
    this.connecting = null;
  }

  private onDetails(message: Extract<Message, { type: "details" }>): void {
    const waiting = this.curious.get(keyOf(message));
    if (message.details) waiting?.resolve(message.details);
    else waiting?.reject(new Error("The kernel knows no such start any more."));
  }

  private onChanges(since: number, changes: Changes): void {
    if (since > this.state.seq) {
      this.ask();
      return;
    }
    this.asked = null;
    this.receive(changes);
    if (changes.more) this.ask();
  }

  /** A snapshot may be cut short, and a busy kernel sends the rest late: then the table begins with what there is. */
  private expectRest(): void {
    clearTimeout(this.patience);
    if (!this.state.complete) this.patience = setTimeout(() => this.settle(), ANSWER_WITHIN);
  }

  /** Asks for what is missing. Rarely twice per place: a busy kernel would find a heap of the same question. */
  private ask(): void {
    const since = this.state.seq;
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
      this.settle();
      this.connect({ kind: "snapshot" });
    }
  }
}

const keyOf = ({ experiment, generation, whole }: DetailsRequest): string =>
  JSON.stringify([experiment, generation, whole]);

/** Lines come with the times of their points; the axis that counts from the start is made here. */
function sinceStart(series: Series, experiment: Experiment | undefined): Series {
  const { time } = series.columns;
  if (!time || !experiment) return series;
  const started = Date.parse(experiment.started_at);
  return { ...series, columns: { ...series.columns, x: time.map((at) => (Number(at) - started) / 1000) } };
}

export const comm = (model: Model, options: CommOptions): Transport => new CommTransport(model, options);
