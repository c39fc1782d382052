// One experiment's series as a line with its marks: what is finite, where it breaks, how it ends.

import type { Experiment, Series, Value } from "../contract.ts";
import { toNumber } from "../format.ts";
import { contact } from "../status.ts";
import type { XAxis, YScale } from "../view.ts";

export type Ending = "running" | "stale" | "failed" | "none";

export interface Mark {
  x: number;
  text: string;
}

export interface Line {
  id: string;
  name: string;
  slot: number;
  x: number[];
  /** Null where the line breaks. */
  y: (number | null)[];
  ending: Ending;
  /** NaN and infinities: where the first one is, and how many. */
  broken: Mark | null;
  /** Values a logarithmic axis cannot show. */
  below: Mark | null;
}

export interface Axes {
  x: XAxis;
  y: YScale;
}

export function lineOf(series: Series, experiment: Experiment, slot: number, axes: Axes, now: number): Line {
  const x = xValues(series, experiment, axes.x);
  const numbers = series.columns.value.map(toNumber);
  const unplotted = (value: number | null) => value !== null && axes.y === "log" && value <= 0;
  const y = numbers.map((value) => (value === null || !Number.isFinite(value) || unplotted(value) ? null : value));
  const whole = series.total <= numbers.length;
  return {
    id: experiment.id,
    name: experiment.name,
    slot,
    x,
    y,
    ending: endingOf(experiment, now),
    broken: brokenMark(x, numbers, whole),
    below: markAt(
      x,
      numbers.map((value) => value !== null && Number.isFinite(value) && unplotted(value)),
      "≤ 0",
      whole,
    ),
  };
}

function xValues({ columns }: Series, experiment: Experiment, axis: XAxis): number[] {
  const { step, time } = columns;
  if (axis === "step" || !time) return step.map((value, index) => toNumber(value) ?? index);
  const start = Date.parse(experiment.started_at);
  const times = time.map((value) => toNumber(value as Value) ?? Number.NaN);
  return axis === "time" ? times : times.map((value) => Math.max(0, value - start) / 1000);
}

function brokenMark(x: number[], numbers: (number | null)[], whole: boolean): Mark | null {
  const odd = numbers.map((value) => value !== null && !Number.isFinite(value));
  const words = new Set(numbers.filter((_, index) => odd[index]).map((value) => wordOf(value as number)));
  return markAt(x, odd, [...words].join(", "), whole);
}

const wordOf = (value: number): string => (Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞");

/** The count is only said when every point is here: a reduced series keeps some of them. */
function markAt(x: number[], flags: boolean[], word: string, whole: boolean): Mark | null {
  const first = flags.indexOf(true);
  if (first < 0) return null;
  const count = flags.filter(Boolean).length;
  return { x: x[first] ?? 0, text: whole && count > 1 ? `${word} ×${count}` : word };
}

export function endingOf(experiment: Experiment, now: number): Ending {
  if (experiment.status === "failed") return "failed";
  if (experiment.status !== "running") return "none";
  return contact(experiment, now) === "live" ? "running" : "stale";
}

/** The last point that is drawn. */
export function endOf({ x, y }: Line): { x: number; y: number } | null {
  for (let at = y.length - 1; at >= 0; at -= 1) {
    const value = y[at];
    if (value != null) return { x: x[at] ?? 0, y: value };
  }
  return null;
}

/** The line's value at `x`: of the nearest point, as long as the line has come that far. */
export function valueAt({ x, y }: Line, at: number): { x: number; y: number | null } | null {
  if (x.length === 0 || at < (x[0] ?? 0) || at > (x.at(-1) ?? 0)) return null;
  let [low, high] = [0, x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  const nearest = at - (x[low] ?? 0) <= (x[high] ?? 0) - at ? low : high;
  return { x: x[nearest] ?? 0, y: y[nearest] ?? null };
}
