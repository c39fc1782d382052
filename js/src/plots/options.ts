// How somebody looks at the charts: plain JSON, so that a view can be kept. Charts not mentioned are as all are.

import { likeThis, oneOf, texts } from "../read.ts";

export type XAxis = "step" | "time" | "relative" | `metric:${string}`;
export const METRIC = "metric:";
export const AXES: readonly XAxis[] = ["step", "time", "relative"];

export const SCALES = ["linear", "log"] as const;
export type YScale = (typeof SCALES)[number];
export const SMOOTHINGS = ["ema", "centred"] as const;
export type Smoothing = (typeof SMOOTHINGS)[number];
export const SIZES = ["medium", "small", "large"] as const;
export type Size = (typeof SIZES)[number];

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

export const SMOOTHEST = 0.99;

/** What a view keeps: whose lines are off and what one looks for is of the moment. */
export const lasting = (options: Options): Options => ({ ...options, muted: usual.muted, find: usual.find });

/** Something from outside as options: what is not understood is as usual. */
export function optionsOf(said: unknown): Options {
  const read = likeThis(usual, said);
  return {
    ...read,
    x: AXES.includes(read.x) || read.x.startsWith(METRIC) ? read.x : usual.x,
    y: oneOf(SCALES, read.y),
    smoothing: oneOf(SMOOTHINGS, read.smoothing),
    smooth: Math.min(SMOOTHEST, Math.max(0, read.smooth)),
    size: oneOf(SIZES, read.size),
    turned: texts(read.turned),
    closed: texts(read.closed),
    pinned: texts(read.pinned),
    order: texts(read.order),
    muted: usual.muted,
    find: usual.find,
  };
}

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

/** What an axis is called in a sentence. */
export const axisWord = (x: XAxis): string =>
  x === "relative" ? "time since start" : x.startsWith(METRIC) ? x.slice(METRIC.length) : x;
