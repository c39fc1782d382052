// Where a chart's plot lies in its box, and what stands at which of its pixels.

import type { Range } from "./ticks.ts";

/** On the left there is room for six characters of the widest usual font. */
export const MARGIN = { l: 46, r: 12, t: 8, b: 30 };

/** Where `x` is, in pixels from the left edge of the chart. */
export function pixelOf(x: number, [from, to]: Range, width: number): number {
  return MARGIN.l + ((x - from) / (to - from)) * (width - MARGIN.l - MARGIN.r);
}

export function valueOfPixel(pixel: number, [from, to]: Range, width: number): number {
  return from + ((pixel - MARGIN.l) / (width - MARGIN.l - MARGIN.r)) * (to - from);
}
