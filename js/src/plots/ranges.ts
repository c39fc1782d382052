// Where the axes of a chart begin and end. Under live lines they hold still for a while: an axis that moves with every
// point cannot be read, and costs a whole drawing each time.

import { edgesOf } from "./band.ts";
import type { Curve, Line } from "./lines.ts";
import type { XAxis, YScale } from "./options.ts";
import { linearRange, logRange, type Range } from "./ticks.ts";

export interface Frame {
  x: Range;
  y: Range;
}

interface Wanted {
  axes: { x: XAxis; y: YScale };
  /** A stretch of x somebody dragged open, or null for all. */
  zoom: Range | null;
  /** What the chart shows now, on the same axes. */
  shown: Frame | null;
}

/** A live line gets so much room to grow into, as a part of what it has. */
const ROOM = 0.05;
/** What is shown stays while the data fill at least so much of it. */
const FILLED = 0.75;

/** The ranges of both axes: what is shown, as long as it fits. */
export function rangesOf(lines: readonly Line[], { axes, zoom, shown }: Wanted): Frame {
  const across = extent(lines.flatMap(({ x }) => [x[0] ?? 0, x.at(-1) ?? 0]));
  const up = extent(valuesOf(lines, zoom, axes.y));
  const moving = lines.some(({ ending }) => ending === "running");
  const x = zoom ?? xRange(across, axes.x, moving);
  const y = yRange(up, axes.y);
  const plain = axes.y === "log" ? Math.log10 : (value: number) => value;
  const still = moving && shown !== null && (zoom ? isSame(zoom, shown.x) : fits(across, x, shown.x));
  return still && up && fits(up, y, shown.y, plain) ? shown : { x, y };
}

function xRange(across: Range | null, axis: XAxis, moving: boolean): Range {
  const [low, high] = across ?? [0, 1];
  const start = axis !== "time" && low >= 0 && low < high / 4 ? 0 : low;
  if (start === high) return [start - 0.5, high + 0.5];
  return [start, moving ? high + (high - start) * ROOM : high];
}

function yRange(up: Range | null, scale: YScale): Range {
  if (!up) return scale === "log" ? [0.1, 10] : [0, 1];
  return scale === "log" ? logRange(...up) : linearRange(...up);
}

const isSame = (one: Range, other: Range): boolean => one[0] === other[0] && one[1] === other[1];

/** Whether the data lie in what is shown, and it is not much more than what they would get. */
function fits(data: Range | null, fresh: Range, shown: Range, plain = (value: number) => value): boolean {
  if (!data || data[0] < shown[0] || data[1] > shown[1]) return false;
  const size = ([from, to]: Range) => plain(to) - plain(from);
  return size(fresh) >= FILLED * size(shown) && size(fresh) <= size(shown) / FILLED;
}

function valuesOf(lines: readonly Line[], zoom: Range | null, scale: YScale): number[] {
  const inSight = ({ x }: Curve, at: number) => !zoom || ((x[at] ?? 0) >= zoom[0] && (x[at] ?? 0) <= zoom[1]);
  const curves = lines.flatMap((line) => [line, ...(line.soft ? [line.soft] : []), ...edgesOf(line, scale)]);
  return curves.flatMap((curve) =>
    curve.y.filter((value, at): value is number => value !== null && inSight(curve, at)),
  );
}

/** The least and the most, or null where there is nothing. */
function extent(values: readonly number[]): Range | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? null : [low, high];
}
