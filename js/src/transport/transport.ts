// What a view needs from the world, whichever way the bytes come. Views know this file and neither HTTP nor comms.

import type {
  Details,
  DetailsRequest,
  IssuedToken,
  SeriesAnswer,
  SeriesRequest,
  Status,
  TokenList,
  TokenWish,
  Value,
} from "../contract.ts";
import type { State } from "../state.ts";
import type { Arrival, Limits, RetentionPlan } from "../storage/contract.ts";

export type Connection =
  | { kind: "connecting" }
  /** `polled`: something between us and the server stops WebSockets, so we ask every two seconds. */
  | { kind: "connected"; polled: boolean }
  | { kind: "lost"; since: number; retryAt: number; signIn: boolean }
  | { kind: "kernel" }
  /** A saved notebook whose kernel is not there. */
  | { kind: "snapshot" };

/** A deleted experiment, as the trash names it. */
export interface Deleted {
  id: string;
  name: string;
  repo_url: string;
  status: Status;
  deleted_at: string;
}

/** What is changed in a project; what is not named stays. */
export interface ProjectChange {
  name?: string;
  subdir?: string | null;
  /** A folder on the server: the clone to read. */
  path?: string;
  view?: { [key: string]: Value } | null;
}

/** What can be said to a run, also through a kernel. */
export interface Runs {
  markStopped(experiment: string): Promise<void>;
  /** Asks its producer, which ends at its next step; throws a sentence where it cannot hear. */
  stop(experiment: string): Promise<void>;
  unmarkStopped(experiment: string): Promise<void>;
}

export interface Actions extends Runs {
  /** The seq of the deletion. */
  remove(experiment: string): Promise<number>;
  restore(experiment: string): Promise<void>;
  /** Several at once; the seq of the deletion. */
  removeAll(experiments: readonly string[]): Promise<number>;
  restoreAll(experiments: readonly string[]): Promise<void>;
  trash(): Promise<Deleted[]>;
  /** The id of the new project. */
  makeProject(wanted: { name?: string; path?: string; repo_url?: string; subdir?: string }): Promise<string>;
  changeProject(project: string, to: ProjectChange): Promise<void>;
  removeProject(project: string): Promise<void>;
  restoreProject(project: string): Promise<void>;
  /** Fetches from the project's remotes; what was done, in a sentence. */
  reload(project: string): Promise<string>;
}

/** Where tokens are made and ended. */
export interface TokenDesk {
  /** What producers are told to send to: this server, as this browser reaches it. */
  readonly address: string;
  list(): Promise<TokenList>;
  create(wish: TokenWish): Promise<IssuedToken>;
  regenerate(token: string): Promise<IssuedToken>;
  revoke(token: string): Promise<void>;
  revokeAll(): Promise<void>;
}

/** What the store takes, what of it may go, and a project as one file. */
export interface StorageDesk {
  /** Says and changes nothing. */
  plan(limits: Limits): Promise<RetentionPlan>;
  /** For good; how many there were. */
  emptyTrash(): Promise<number>;
  export(project: string): Promise<Blob>;
  import(file: Blob): Promise<Arrival>;
}

export type HostState = "apart" | "going" | "together" | { problem: string };

export interface Host {
  readonly address: string;
  readonly desk: TokenDesk;
  readonly state: HostState;
  /** Lets the kernel send there from now on. */
  connect(): Promise<void>;
}

export interface Transport {
  readonly state: State;
  readonly connection: Connection;
  /** The server's clock now: what it said last, moved on by our own monotonic clock. */
  now(): number;
  /** Called after each change of state, connection or arrived series; the first listener opens, the last one closes. */
  subscribe(listener: () => void): () => void;
  series(request: SeriesRequest): Promise<SeriesAnswer>;
  /** Waits as long as it takes: a busy kernel answers when its cell ends. */
  details(request: DetailsRequest): Promise<Details>;
  /** What was logged as a plot: its rows, or a figure. */
  plot(experiment: string, digest: string): Promise<unknown>;
  /** Null while it is not here: then it is asked for, unless `ask` is false, and listeners are told when it has come. Empty: it cannot come. */
  imageUrl(experiment: string, digest: string, ask?: boolean): string | null;
  /** A module beside the app, by its built name. */
  load(file: string): Promise<unknown>;
  /** Try to connect at once instead of at `retryAt`. */
  retry(): void;
  /** Null where nothing can be changed from here. */
  readonly actions: Actions | null;
  /** Null where nobody is there to tell it to the run. */
  readonly runs: Runs | null;
  /** Null where nobody can send to. */
  readonly tokens: TokenDesk | null;
  /** Null where the store is not a server's. */
  readonly storage: StorageDesk | null;
  /** A server that keeps another store than the kernel this view comes through. */
  readonly host?: Host | null;
}

/** Whether it answers what it is asked; a kernel pushes its lines unasked, and a snapshot has none. */
export const answers = ({ connection: { kind } }: Transport): boolean => kind !== "kernel" && kind !== "snapshot";
