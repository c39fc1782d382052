// Numbers and times as people read them. The rules are one table in the docs; here is the arithmetic.

import type { Value } from "./contract.ts";

const MINUS = "−";
export const MISSING = "–";
/** Metrics are written with a decimal point, so their thousands are grouped with a comma in every locale. */
const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** How one column writes its numbers; kept per column so that its digits stay under each other. */
export interface Precision {
  integer: boolean;
  decimals: number;
}

/** The number behind a value that JSON could not hold, or null when there is none. */
export function toNumber(value: Value | undefined): number | null {
  if (typeof value === "number") return value;
  if (value === "nan") return Number.NaN;
  if (value === "inf") return Number.POSITIVE_INFINITY;
  if (value === "-inf") return Number.NEGATIVE_INFINITY;
  return null;
}

/** Four significant digits of the median, never less than the column already shows: numbers on screen do not shrink. */
export function precisionOf(values: readonly number[], before: Precision | null = null): Precision {
  const finite = values.filter(Number.isFinite);
  const integer = (before?.integer ?? true) && finite.every(Number.isInteger);
  if (integer) return { integer, decimals: 0 };
  const sizes = finite
    .map(Math.abs)
    .filter((size) => size > 0)
    .sort((a, b) => a - b);
  const median = sizes[sizes.length >> 1] ?? 1;
  const decimals = Math.min(7, Math.max(0, 3 - Math.floor(Math.log10(median))));
  return { integer, decimals: Math.max(decimals, before?.decimals ?? 0) };
}

export function formatNumber(value: number, { integer, decimals }: Precision): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (integer && Number.isInteger(value)) return minus(grouped.format(value));
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-4) return exponential(value, 1);
  if (size >= 1e6) return exponential(value, 2);
  return minus(value.toFixed(decimals));
}

/** How much more or less than the baseline. */
export function formatDifference(far: number, precision: Precision): string {
  if (far === 0) return "=";
  return far > 0 ? `+${formatNumber(far, precision)}` : formatNumber(far, precision);
}

function exponential(value: number, digits: number): string {
  return minus(value.toExponential(digits).replace("e+", "e"));
}

function minus(text: string): string {
  return text.replaceAll("-", MINUS);
}

/** A metric cell. Text that is no number is shown as it came. */
export function formatMetric(value: Value | undefined, precision: Precision): string {
  const number = toNumber(value);
  return number === null ? formatParam(value) : formatNumber(number, precision);
}

/** A parameter, as it was written: never rounded, never regrouped. */
export function formatParam(value: Value | undefined): string {
  if (value === undefined) return MISSING;
  return typeof value === "string" ? value : JSON.stringify(value);
}

export const formatCount = (count: number): string => grouped.format(count);

export const shortSha = (sha: string): string => sha.slice(0, 7);

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** An age in whole units. Seconds go by tens: a digit that changes every second draws the eye for nothing. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 10) return "now";
  if (seconds < MINUTE) return `${Math.floor(seconds / 10) * 10} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h`;
  if (seconds < 2 * DAY) return "yesterday";
  return `${Math.floor(seconds / DAY)} days`;
}

/** What remains, rounded to its unit: `12 min left`. Nobody can promise less than ten seconds. */
export function left(milliseconds: number): string {
  const seconds = Math.max(10, milliseconds / 1000);
  if (seconds < 55) return `${Math.round(seconds / 10) * 10} s left`;
  if (seconds < 59.5 * MINUTE) return `${Math.round(seconds / MINUTE)} min left`;
  if (seconds < 23.5 * HOUR) return `${Math.round(seconds / HOUR)} h left`;
  const days = Math.round(seconds / DAY);
  return days === 1 ? "1 day left" : `${days} days left`;
}

/** How long something has lasted that goes on: without seconds once there are minutes. Nothing for a moment. */
export function lasting(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 1000 / MINUTE) * MINUTE * 1000;
  if (minutes < HOUR * 1000) return milliseconds < 10_000 ? "" : age(milliseconds);
  return duration(minutes);
}

/** A length of time in two units: `14 min 24 s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ${seconds % MINUTE} s`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ${Math.floor((seconds % HOUR) / MINUTE)} min`;
  return `${Math.floor(seconds / DAY)} d ${Math.floor((seconds % DAY) / HOUR)} h`;
}

/** The same as a moment in the past. */
export function ago(milliseconds: number): string {
  const text = age(milliseconds);
  return text === "now" || text === "yesterday" ? text : `${text} ago`;
}

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const calendar = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const hourMinute = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });

/** 12:04:31 */
export const clockTime = (time: number): string => clock.format(time);

/** 22 Nov 2026, 12:04 */
export const dateTime = (time: number): string => `${calendar.format(time)}, ${hourMinute.format(time)}`;
