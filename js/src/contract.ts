// What Python sends and what it understands. Nothing here draws or decides; every other module reads these types.

/** Non-finite numbers travel as words because JSON has none; integers beyond 2**53 travel as digits. */
export type Value = number | string | boolean | null | Value[] | { [key: string]: Value };

export type Status = "running" | "completed" | "failed" | "stopped";

export type Reason = "not pushed" | "rewritten" | "unknown commit" | "no Git" | "not connected" | "reading Git";

export interface Failure {
  type: string;
  text: string;
  cell: number | null;
  traceback: string | null;
}

/** Where a run hangs, and what to do where that is nowhere. */
export interface Place {
  kind: "commit" | "detached";
  reason: Reason | null;
  /** One sentence for a person; only on detached rows. */
  advice?: string;
  /** The commit that a rewritten one became. */
  now?: string | null;
}

export interface SeriesHead {
  count: number;
  last_step: number | null;
}

export interface Image {
  path: string;
  step: number | null;
  digest: string;
}

/** What became of what was sent for this run. */
export interface Ledger {
  /** Points that arrived and were stored. */
  received: number;
  /** What could be kept only after a change: text that became a number, an address that lost its password, a torn end. */
  repaired: number;
  /** Points that were stored already. */
  duplicate: number;
  /** Requests that were turned away, and what the last one was told. */
  refused: number;
  refusal: { status: number; detail: string; time: string } | null;
}

export interface Experiment {
  id: string;
  repo_url: string;
  baseline_sha: string;
  name: string;
  generation: number;
  status: Status;
  detail: string | null;
  error: Failure | null;
  client: string;
  message: string | null;
  subdir: string | null;
  experiment_rev: string | null;
  /** When its commit was pushed to a remote. */
  pushed_at: string | null;
  params: Record<string, Value>;
  metrics: Record<string, Value>;
  series: Record<string, SeriesHead>;
  images: Image[];
  /** What was logged as a plot of its own; its rows are fetched by digest. */
  plots: PlotHead[];
  artifacts: Artifact[];
  step: number | null;
  /** How many steps there will be, where the run said so. */
  total_steps: number | null;
  started_at: string;
  updated_at: string;
  ended_at: string | null;
  heard_at: string;
  stale_at: string;
  lost_at: string;
  ledger: Ledger;
  /** Where params and metrics are excerpts: the kind, the file, and the names below it. */
  cut: string[][];
  place: Place;
}

export interface PlotHead {
  path: string;
  step: number | null;
  /** How it is drawn, in DVC's words. */
  props: {
    x?: string;
    y?: string | string[];
    template?: string;
    title?: string;
    x_label?: string;
    y_label?: string;
    /** What scikit-learn calls it: `roc`, `precision_recall` and the like. */
    kind?: string;
  };
  digest: string;
}

/** A file or folder that a run speaks of: size in bytes, and what it was called. */
export interface Artifact {
  name: string;
  path: string;
  type?: string;
  desc?: string;
  labels?: string[];
  size: number;
  sha256: string;
}

/** One start of an experiment in few words. */
export interface Generation {
  generation: number;
  status: Status;
  detail: string | null;
  step: number | null;
  points: number;
  started_at: string;
  updated_at: string;
  ended_at: string | null;
}

export interface DetailsRequest {
  experiment: string;
  /** Null for the one shown. */
  generation: number | null;
  /** Leave long params and metrics as they are. */
  whole: boolean;
}

/** One experiment looked at closely. */
export interface Details {
  experiment: Experiment;
  /** Newest start first. */
  generations: Generation[];
}

export interface Project {
  id: string;
  name: string;
  repo_url: string;
  subdir: string | null;
  /** Whether a clone of it is connected on that machine. */
  connected?: boolean;
  /** Why that clone cannot be read: a sentence for a person. */
  trouble?: string | null;
  /** The table as somebody saved it; an object of the dashboard's own. */
  view?: { [key: string]: Value } | null;
  /** A project that is gone has nothing but this and its id. */
  deleted?: boolean;
}

export interface Commit {
  repo_url: string;
  sha: string;
  title: string;
  author: string;
  time: string;
  branch: string;
  /** 0 is the newest commit of its branch. */
  order: number;
  /** Branches that end here and have nothing of their own, and tags. */
  refs?: string[];
  /** Why the table leaves it out until somebody asks. */
  hidden?: "skip" | "unchanged" | null;
  /** What the commit itself holds, as an experiment's. */
  params?: Record<string, Value>;
  metrics?: Record<string, Value>;
}

/** Why the store takes nothing, or what happened to its file, in a sentence of its own. */
export interface Trouble {
  kind:
    | "full"
    | "readonly"
    | "unusable"
    | "newer"
    | "damaged"
    | "restored"
    | "replaced"
    | "cut"
    | "elsewhere"
    | "memory";
  text: string;
  since: string;
}

export interface Changes {
  seq: number;
  now: string;
  more: boolean;
  experiments: Experiment[];
  deleted: string[];
  projects: Project[];
  commits: Commit[];
  /** Only while the store does not stand well. */
  trouble?: Trouble;
}

export interface SeriesRequest {
  metric: string;
  experiments: string[];
  /** About how many points are worth sending: the width of the chart in pixels. */
  points: number;
  /** `step`, `time`, `relative` or `metric:` and a name. */
  x: string;
  /** Only this stretch, in units of `x`; null for all. */
  zoom: readonly [number, number] | null;
  /** The factor, 0 for none, and its kind. */
  smooth: number;
  smoothing: string;
  /** Values that are not above zero are gaps. */
  log: boolean;
  /** Only what was recorded after this seq; 0 for all. */
  since: number;
  /** An earlier start of the experiment. */
  generation?: number;
  /** Experiments that are drawn as one, and how far such lie apart: `std`, `ci` or `range`. */
  groups?: readonly (readonly string[])[];
  band?: string;
}

export interface Points {
  step: Value[];
  value: Value[];
  /** Milliseconds since the epoch. */
  time?: Value[];
  /** Where the points stand, where that is neither step nor time. */
  x?: Value[];
}

export type OddKind = "nan" | "inf" | "-inf" | "below";

/** What has no place on the axis, by kind: how many, and the steps of the first. */
export type Odd = Partial<Record<OddKind, { count: number; steps: number[] }>>;

export interface Series {
  experiment: string;
  path: string;
  /** Points there are, however few of them are here. */
  total: number;
  columns: Points;
  smooth?: Points;
  odd?: Odd;
}

/** The mean of runs at each place, the edges of its band, and how many runs count there. */
export interface BandPoints {
  /** Where the places are no steps, they are `x`. */
  step?: Value[];
  x?: Value[];
  value: Value[];
  low: Value[];
  high: Value[];
  n: Value[];
}

export interface GroupSeries {
  /** Those of the group that have the metric. */
  experiments: string[];
  total: number;
  columns: BandPoints;
  smooth?: BandPoints;
  odd?: Odd;
}

export interface SeriesAnswer {
  metric: string;
  seq: number;
  generation?: number;
  /** Where this is only what was recorded after a seq. */
  since?: number;
  series: Series[];
  groups?: GroupSeries[];
}

export interface Token {
  id: string;
  name: string;
  scope: string;
  /** The only repository it may send, or null for any. */
  repo_url: string | null;
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
}

/** With the secret, which is told this once. */
export interface IssuedToken extends Token {
  token: string;
}

export interface TokenWish {
  name: string;
  /** Null for one that never expires. */
  expires_days: number | null;
  project: string | null;
}

export interface TokenList {
  now: string;
  tokens: Token[];
  last_refusal: { status: number; detail: string; address: string; time: string } | null;
}

export const NO_GIT = "0".repeat(40);

/** The name charts join experiments by: `plots/metrics/train/loss.tsv` is `train/loss` wherever it lies. */
export function metricName(path: string): string {
  const folder = "plots/metrics/";
  const at = path.lastIndexOf(folder);
  return at < 0 ? path : path.slice(at + folder.length).replace(/\.tsv$/, "");
}
