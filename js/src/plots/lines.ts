// One experiment's series as a line with its marks: what has a place on the axes, where it breaks, how it ends.

import type { Experiment, Odd, OddKind, Points, Series, Value } from "../contract.ts";
import { formatCount, toNumber } from "../format.ts";
import { contact } from "../status.ts";
import type { XAxis, YScale } from "./options.ts";

export type Ending = "running" | "stale" | "failed" | "none";

/** Points of one kind that have no place on the axis. */
export interface Mark {
  kind: OddKind;
  /** Where they stand. Of many beside each other some are left out. */
  x: number[];
  /** All of them, however few are here. */
  count: number;
  steps: number[];
}

export interface Curve {
  x: number[];
  /** Null where the curve breaks. */
  y: (number | null)[];
}

/** The band around a mean: null where there is none. */
export interface Band {
  x: number[];
  low: (number | null)[];
  high: (number | null)[];
}

export interface Line extends Curve {
  id: string;
  name: string;
  slot: number;
  /** What was logged at each point, with what has no place. */
  values: (number | null)[];
  /** The smoothed curve, where there is one; then the line itself stands behind it. */
  soft: Curve | null;
  ending: Ending;
  marks: Mark[];
  /** Of several runs: the spread around what stands in front, and how many runs count at each point of the line. */
  band?: Band;
  n?: (number | null)[];
}

export interface Axes {
  x: XAxis;
  y: YScale;
}

export function lineOf(series: Series, experiment: Experiment, slot: number, axes: Axes, now: number): Line {
  const x = placesOf(series.columns, axes.x);
  const values = series.columns.value.map(toNumber);
  return {
    id: experiment.id,
    name: experiment.name,
    slot,
    x,
    y: drawn(values, axes.y),
    values,
    soft: series.smooth ? curveOf(series.smooth, axes) : null,
    ending: endingOf(experiment, now),
    marks: marksOf(series, x, values, axes.y),
  };
}

const curveOf = (points: Points, axes: Axes): Curve => ({
  x: placesOf(points, axes.x),
  y: drawn(points.value.map(toNumber), axes.y),
});

function placesOf({ step, time, x }: Points, axis: XAxis): number[] {
  const places = x ?? (axis === "time" ? time : undefined) ?? step;
  return places.map((value: Value, index) => toNumber(value) ?? index);
}

export const drawn = (values: readonly (number | null)[], scale: YScale): (number | null)[] =>
  values.map((value) => (value === null || kindOf(value, scale) ? null : value));

function kindOf(value: number, scale: YScale): OddKind | null {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return scale === "log" && value <= 0 ? "below" : null;
}

/** What is counted comes from Python, which has seen every point; where it stands comes from the points that are here. */
function marksOf(series: Series, x: number[], values: (number | null)[], scale: YScale): Mark[] {
  const places = new Map<OddKind, number[]>();
  values.forEach((value, at) => {
    const kind = value === null ? null : kindOf(value, scale);
    if (kind === null) return;
    const known = places.get(kind);
    if (known) known.push(x[at] ?? 0);
    else places.set(kind, [x[at] ?? 0]);
  });
  return [...places].map(([kind, x]) => {
    const said = series.odd?.[kind];
    return { kind, x, count: Math.max(said?.count ?? 0, x.length), steps: said?.steps ?? [] };
  });
}

/** Of several runs: there is a mean at such a step too, so only Python knows where the odd points are. */
export const marksAtSteps = (odd: Odd | undefined): Mark[] =>
  Object.entries(odd ?? {}).map(([kind, { count, steps }]) => ({ kind: kind as OddKind, x: steps, count, steps }));

const WORDS: Record<OddKind, string> = { nan: "NaN", inf: "∞", "-inf": "−∞", below: "≤ 0" };

export const markText = ({ kind, count }: Mark): string =>
  count > 1 ? `${WORDS[kind]} ×${formatCount(count)}` : WORDS[kind];

/** The steps of a mark, as a sentence's part: `steps 100, 101, 102 and 5 more`. */
export function stepsText({ steps, count }: Mark): string {
  const named = steps.slice(0, STEPS_NAMED).map(formatCount).join(", ");
  const more = count - Math.min(steps.length, STEPS_NAMED);
  if (steps.length === 0) return "";
  return `${count === 1 ? "step" : "steps"} ${named}${more > 0 ? ` and ${formatCount(more)} more` : ""}`;
}

const STEPS_NAMED = 4;

export function endingOf(experiment: Experiment, now: number): Ending {
  if (experiment.status === "failed") return "failed";
  if (experiment.status !== "running") return "none";
  return contact(experiment, now) === "live" ? "running" : "stale";
}

/** The last point that is drawn. */
export function endOf({ x, y }: Curve): { x: number; y: number } | null {
  for (let at = y.length - 1; at >= 0; at -= 1) {
    const value = y[at];
    if (value != null) return { x: x[at] ?? 0, y: value };
  }
  return null;
}

/** Points between two gaps: a line has no place for them, so they are drawn as dots. */
export function alone({ x, y }: Curve): { x: number[]; y: number[] } {
  const dots: { x: number[]; y: number[] } = { x: [], y: [] };
  y.forEach((value, at) => {
    if (value === null || y[at - 1] != null || y[at + 1] != null) return;
    dots.x.push(x[at] ?? 0);
    dots.y.push(value);
  });
  return dots;
}

/** Which of a curve's points is nearest to `x`, as long as the curve has come that far. */
export function nearestTo({ x }: Curve, at: number): number | null {
  if (x.length === 0 || at < (x[0] ?? 0) || at > (x.at(-1) ?? 0)) return null;
  let [low, high] = [0, x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return at - (x[low] ?? 0) <= (x[high] ?? 0) - at ? low : high;
}
