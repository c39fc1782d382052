// The server beside the notebook. One stream per page and address, whoever looks: nine views of one notebook are one
// WebSocket. It follows `api/stream`, and asks `api/changes` every two seconds where WebSockets do not come through.

import type { Changes, Details, DetailsRequest, SeriesAnswer, SeriesRequest } from "../contract.ts";
import { Feed } from "./feed.ts";
import { Requests, SignInNeeded } from "./requests.ts";
import { Storage } from "./storage.ts";
import { Tokens } from "./tokens.ts";
import type { Actions, StorageDesk, TokenDesk, Transport } from "./transport.ts";

/** A cell that is run again closes its view and opens the next one: keep the stream for that moment. */
const LINGER = 1000;
/** The server sends a beat every 20 s, so two missing beats are a dead connection. */
const SILENCE = 45_000;
const POLL_EVERY = 2000;
const BACKOFF = { first: 1000, most: 10_000 };
/** So many sockets may fail in a row before any has opened until polling starts. */
const PATIENCE = 2;
const HIDDEN_FOR = 600_000;
/** How often a page that polls tries a socket: two may fail for reasons that pass, a server starting or a laptop waking. */
const PROBE_EVERY = 30_000;

const shared = new Map<string, HttpTransport>();

/** The transport of one live-studio address; the same object for everybody on this page. */
export function http(base: string): Transport {
  const url = new URL(base.endsWith("/") ? base : `${base}/`, document.baseURI).href;
  const known = shared.get(url);
  if (known) return known;
  const transport = new HttpTransport(url);
  shared.set(url, transport);
  return transport;
}

export class HttpTransport extends Feed implements Transport {
  private readonly requests: Requests;
  readonly actions: Actions;
  readonly runs: Actions;
  readonly tokens: TokenDesk;
  readonly storage: StorageDesk;
  private socket: WebSocket | null = null;
  /** A socket that is tried while polling goes on. */
  private probe: WebSocket | null = null;
  private running = false;
  /** Of whatever kind, since something last worked: the waits grow with them. */
  private failures = 0;
  /** Sockets that failed while, for all we know, the server was there. */
  private blocked = 0;
  /** Counts what we began, so that an answer to something given up is known for what it is. */
  private attempt = 0;
  private opened = false;
  private storeId: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private probing: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private linger: ReturnType<typeof setTimeout> | undefined;
  private hidden: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly base: string) {
    super();
    this.requests = new Requests(base);
    this.actions = this.requests;
    this.runs = this.requests;
    this.tokens = new Tokens(base, this.requests);
    this.storage = new Storage(this.requests);
  }

  series(request: SeriesRequest): Promise<SeriesAnswer> {
    return this.requests.series(request);
  }

  details(request: DetailsRequest): Promise<Details> {
    return this.requests.details(request);
  }

  plot(experiment: string, digest: string): Promise<unknown> {
    return this.requests.plot(experiment, digest);
  }

  imageUrl(experiment: string, digest: string): string {
    return this.requests.imageUrl(experiment, digest);
  }

  load(file: string): Promise<unknown> {
    return import(`${this.base}static/${file}`);
  }

  retry(): void {
    if (!this.running || this.connection.kind !== "lost") return;
    clearTimeout(this.timer);
    this.begin();
  }

  protected override open(): void {
    clearTimeout(this.linger);
    if (this.running) return;
    this.running = true;
    this.failures = 0;
    this.blocked = 0;
    document.addEventListener("visibilitychange", this.onVisibility);
    addEventListener("online", this.onOnline);
    this.begin();
  }

  protected override close(): void {
    this.linger = setTimeout(() => this.stop(), LINGER);
  }

  private stop(): void {
    this.running = false;
    document.removeEventListener("visibilitychange", this.onVisibility);
    removeEventListener("online", this.onOnline);
    clearTimeout(this.hidden);
    this.drop();
    this.connection = { kind: "connecting" };
  }

  /** Silences the present attempt, whatever it is. */
  private drop(): void {
    this.attempt += 1;
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    clearTimeout(this.probing);
    const { socket, probe } = this;
    this.socket = null;
    this.probe = null;
    socket?.close();
    probe?.close();
  }

  private begin(): void {
    this.drop();
    if (!this.opened && this.blocked >= PATIENCE) {
      void this.poll();
      this.probeLater();
      return;
    }
    this.socket = this.makeSocket();
    this.expectFrame();
  }

  private makeSocket(): WebSocket {
    const url = new URL(`api/stream?since=${this.state.seq}`, this.base);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    socket.onopen = () => this.onOpen(socket);
    socket.onmessage = ({ data }) => this.onFrame(socket, String(data));
    socket.onclose = () => this.onClose(socket);
    return socket;
  }

  private probeLater(): void {
    this.probing = setTimeout(() => {
      this.probe?.close();
      this.probe = this.makeSocket();
      this.probeLater();
    }, PROBE_EVERY);
  }

  private onClose(socket: WebSocket): void {
    if (socket === this.probe) this.probe = null;
    if (socket === this.socket) this.onSocketLost();
  }

  private onOpen(socket: WebSocket): void {
    if (socket === this.probe) {
      // The way is free: the frames of this socket go on where polling has come to when it was made.
      this.probe = null;
      this.drop();
      this.socket = socket;
    }
    if (socket !== this.socket) return;
    this.opened = true;
    this.failures = 0;
    this.expectFrame();
    this.connect({ kind: "connected", polled: false });
    void this.checkStore();
  }

  private onFrame(socket: WebSocket, text: string): void {
    if (socket !== this.socket) return;
    this.expectFrame();
    this.receive(JSON.parse(text) as Changes);
  }

  private expectFrame(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.onSocketLost(), SILENCE);
  }

  private onSocketLost(): void {
    this.blocked += 1;
    this.onLost(false);
  }

  private onLost(signIn: boolean): void {
    this.drop();
    this.failures += 1;
    const wait = Math.min(BACKOFF.most, BACKOFF.first * 2 ** (this.failures - 1));
    const { connection } = this;
    const since = connection.kind === "lost" ? connection.since : this.now();
    this.timer = setTimeout(() => this.begin(), wait);
    // The first attempt of a page that never had a connection is no loss yet: the other way may still work.
    if (connection.kind === "connecting" && this.failures < PATIENCE + 1) return;
    this.connect({ kind: "lost", since, retryAt: this.now() + wait, signIn });
  }

  private async poll(): Promise<void> {
    const { attempt } = this;
    try {
      const changes = await this.requests.changes(this.state.seq);
      if (attempt !== this.attempt) return;
      this.failures = 0;
      if (this.connection.kind !== "connected") this.connect({ kind: "connected", polled: true });
      this.receive(changes);
      this.timer = setTimeout(() => void this.poll(), changes.more ? 0 : POLL_EVERY);
    } catch (error) {
      if (attempt !== this.attempt) return;
      const signIn = error instanceof SignInNeeded;
      // A server that does not answer at all says nothing about WebSockets: it may only have been restarting.
      if (!signIn) this.blocked = 0;
      this.onLost(signIn);
    }
  }

  /** A server that came back with another store would never send us anything: our seq is ahead of its own. */
  private async checkStore(): Promise<void> {
    const { attempt } = this;
    const storeId = await this.requests.storeId().catch(() => null);
    if (storeId === null || attempt !== this.attempt) return;
    const before = this.storeId;
    this.storeId = storeId;
    if (before === null || before === storeId) return;
    this.reset();
    this.begin();
  }

  /** Nobody sees a hidden page; while nothing runs it need not keep a connection either. */
  private readonly onVisibility = (): void => {
    clearTimeout(this.hidden);
    if (document.visibilityState === "hidden") this.hidden = setTimeout(() => this.sleep(), HIDDEN_FOR);
    else if (this.running && !this.socket && this.connection.kind === "connecting") this.begin();
    else this.retry();
  };

  /** The network is back, or somebody is: no reason to wait to the end of a pause. */
  private readonly onOnline = (): void => this.retry();

  private sleep(): void {
    const busy = [...this.state.experiments.values()].some(({ status }) => status === "running");
    if (busy) {
      this.hidden = setTimeout(() => this.sleep(), HIDDEN_FOR);
      return;
    }
    this.drop();
    this.connect({ kind: "connecting" });
  }
}
