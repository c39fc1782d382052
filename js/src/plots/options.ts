// How somebody looks at the charts: plain JSON, so that a view can be kept. Charts not mentioned are as all are.

export type XAxis = "step" | "time" | "relative" | `metric:${string}`;
export type YScale = "linear" | "log";
export type Smoothing = "ema" | "centred";
export type Size = "small" | "medium" | "large";

export interface Options {
  x: XAxis;
  y: YScale;
  /** Metrics whose chart has the other scale. */
  turned: readonly string[];
  /** The weight of the past, from 0 to 0.99. */
  smooth: number;
  smoothing: Smoothing;
  /** Experiments whose lines are switched off. */
  muted: readonly string[];
  /** Part of the names of the charts to show. */
  find: string;
  /** Prefixes whose charts are folded away. */
  closed: readonly string[];
  pinned: readonly string[];
  /** Metrics in an order somebody made; the others follow in their own. */
  order: readonly string[];
  size: Size;
}

export const usual: Options = {
  x: "step",
  y: "linear",
  turned: [],
  smooth: 0,
  smoothing: "ema",
  muted: [],
  find: "",
  closed: [],
  pinned: [],
  order: [],
  size: "medium",
};

export const scaleOf = ({ y, turned }: Options, metric: string): YScale =>
  turned.includes(metric) ? (y === "log" ? "linear" : "log") : y;

/** The list without `item`, or with it at the end. */
export function flipped(list: readonly string[], item: string): readonly string[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}

/** Switches one line off or on: that of an experiment, or of several that are drawn as one. */
export function mute(options: Options, ids: readonly string[]): Options {
  const others = options.muted.filter((id) => !ids.includes(id));
  const off = ids.every((id) => options.muted.includes(id));
  return { ...options, muted: off ? others : [...others, ...ids] };
}

/** Only one line, or all of them again where it stood alone. */
export function isolate(options: Options, ids: readonly string[], all: readonly string[]): Options {
  const others = all.filter((other) => !ids.includes(other));
  const alone = !ids.some((id) => options.muted.includes(id)) && others.every((other) => options.muted.includes(other));
  const elsewhere = options.muted.filter((other) => !all.includes(other));
  return { ...options, muted: alone ? elsewhere : [...elsewhere, ...others] };
}

export const METRIC = "metric:";

/** What an axis is called in a sentence. */
export const axisWord = (x: XAxis): string =>
  x === "relative" ? "time since start" : x.startsWith(METRIC) ? x.slice(METRIC.length) : x;
