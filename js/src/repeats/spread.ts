// The mean of a few numbers and how far they lie apart, as the table writes it: `0.9216 ± 0.0031`.

import { formatNumber, type Precision } from "../format.ts";

export const BANDS = ["std", "ci", "range"] as const;
export type BandKind = (typeof BANDS)[number];

/** What a band is called beside a mean. */
export const BAND_WORDS: Record<BandKind, string> = {
  std: "mean ± std",
  ci: "mean, 95 % CI",
  range: "mean, min to max",
};

export interface Spread {
  mean: number;
  low: number;
  high: number;
  n: number;
}

/** Of what is finite; null where nothing is. One number alone has no spread but between lowest and highest. */
export function spreadOf(values: readonly number[], kind: BandKind): Spread | null {
  const held = values.filter(Number.isFinite);
  const n = held.length;
  if (n === 0) return null;
  // From the first one on: values that are all the same have exactly that mean.
  const origin = held[0] ?? 0;
  const mean = origin + held.reduce((sum, value) => sum + (value - origin), 0) / n;
  if (kind === "range") return { mean, low: Math.min(...held), high: Math.max(...held), n };
  if (n === 1) return { mean, low: Number.NaN, high: Number.NaN, n };
  const std = Math.sqrt(held.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const half = kind === "std" ? std : (std / Math.sqrt(n)) * student(n - 1);
  return { mean, low: mean - half, high: mean + half, n };
}

/** `± 0.0031`, or `0.9183 to 0.9244`; empty where one number has no spread. */
export function spreadText({ low, high, mean }: Spread, kind: BandKind, precision: Precision): string {
  if (Number.isNaN(high)) return "";
  if (kind === "range") return `${formatNumber(low, precision)} to ${formatNumber(high, precision)}`;
  return `± ${formatNumber(high - mean, { ...precision, integer: false, decimals: Math.max(precision.decimals, 1) })}`;
}

const T = [
  12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.306, 2.26216, 2.22814, 2.20099, 2.17881, 2.16037,
  2.14479, 2.13145, 2.11991, 2.10982, 2.10092, 2.09302, 2.08596,
];
const Z = 1.959964;

/** How many standard errors of a mean hold it with 95 %; Python says the same. */
export function student(freedom: number): number {
  const known = T[freedom - 1];
  if (known !== undefined) return known;
  const first = (Z ** 3 + Z) / 4;
  const second = (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96;
  const third = (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384;
  return Z + first / freedom + second / freedom ** 2 + third / freedom ** 3;
}
