// Ranges and ticks of an axis. Our own and not Plotly's, so that an axis is written like the table and both axes of a
// small chart keep to few, round numbers.

import { clockTime, formatCount } from "../format.ts";

export interface Ticks {
  values: number[];
  texts: string[];
  /** What the texts have to be added to, where whole numbers would be too long or look alike. */
  base?: string;
}

export type Range = readonly [number, number];

const ROUND = [1, 2, 5, 10];
/** Seconds people count in. */
const TIMES = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];

/** Where a linear axis begins and ends: a little more than the data, and zero where zero is near. */
export function linearRange(low: number, high: number): Range {
  if (low === high) return low === 0 ? [-1, 1] : [low - Math.abs(low) * 0.1, low + Math.abs(low) * 0.1];
  const pad = (high - low) * 0.06;
  const start = low >= 0 && low - pad * 2 <= 0 ? 0 : low - pad;
  return [start, high + pad];
}

/** The same for a logarithmic axis; both ends must be positive. */
export function logRange(low: number, high: number): Range {
  if (low === high) return [low / 2, high * 2];
  const pad = (high / low) ** 0.06;
  return [low / pad, high * pad];
}

export function linearTicks([from, to]: Range, about: number): Ticks {
  const step = roundStep((to - from) / about);
  const values = multiples(from, to, step);
  const decimals = decimalsOf(step);
  const [only, other] = values;
  // Alone it has nothing beside it to be told from.
  const plain = other === undefined && Number.isInteger(only) ? formatCount(only as number) : "";
  if (plain !== "" && plain.length <= LETTERS_MOST) return { values, texts: [minus(plain)] };
  const texts = values.map((value) => tickText(value, decimals));
  const tellsApart = new Set(texts).size === texts.length && texts.every(isShort);
  return tellsApart ? { values, texts } : fromBase(values, [from, to], step);
}

/** So wide may a text be, in digits; narrow and wide letters about make up for each other. */
const DIGITS_MOST = 6;
/** And so many letters of any kind. */
const LETTERS_MOST = 7;
const isShort = (text: string): boolean => text.replace(/[.−]/g, "").length < DIGITS_MOST;

const decimalsOf = (step: number): number => Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));

/** 1,200.1 and 1,200.2 as +0.1 and +0.2 from 1,200: the base is the round number below that the range asks for. */
function fromBase(values: number[], [from, to]: Range, step: number): Ticks {
  const decimals = decimalsOf(step);
  const unit = 10 ** Math.ceil(Math.log10(to - from));
  const base = Math.floor(from / unit) * unit;
  if (base === 0) return { values, texts: values.map((value) => tickText(value, decimals)) };
  const texts = values.map((value) => {
    const over = Math.round((value - base) / step) * step;
    return `+${tickText(over, decimals)}`;
  });
  return { values, texts, base: baseText(base, decimalsOf(unit)) };
}

function baseText(base: number, decimals: number): string {
  const text = Math.abs(base) >= 1e15 ? base.toExponential() : base.toFixed(decimals);
  return minus(text.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ","));
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = ROUND.find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return factor * power;
}

function multiples(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, Math.min(count, 50)) }, (_, index) => (first + index) * step);
}

/** Powers of ten; with less than two of them in sight, their doubles and halves too. */
export function logTicks([from, to]: Range, about: number): Ticks {
  const decades = Math.log10(to / from);
  if (decades < 0.7) return linearTicks([from, to], about);
  const factors = decades < 2.5 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / (about + 1)));
  const first = Math.floor(Math.log10(from));
  const exponents = Array.from({ length: Math.ceil(decades) + 2 }, (_, index) => first + index).filter(
    (e) => e % every === 0,
  );
  const values = exponents
    .flatMap((e) => factors.map((factor) => factor * 10 ** e))
    .filter((v) => v >= from && v <= to);
  return { values, texts: values.map((value) => tickText(value, Math.max(0, -Math.floor(Math.log10(value) + 1e-9)))) };
}

/** Axes shorten thousands; the table never does. */
export function tickText(value: number, decimals: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (decimals > 4 || (decimals > 3 && size < 0.01) || size >= 1e15)
    return minus(value.toExponential(1).replace(".0", "").replace("e+", "e"));
  for (const [unit, letter] of UNITS)
    if (size >= unit) return `${minus(String(Number((value / unit).toPrecision(4))))}${letter}`;
  return minus(value.toFixed(decimals));
}

const UNITS: readonly (readonly [number, string])[] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

const minus = (text: string): string => text.replaceAll("-", "−");

/** Seconds since the start, as minutes and hours once there are any. */
export function durationTicks([from, to]: Range, about: number): Ticks {
  const rough = (to - from) / about;
  const step = TIMES.find((candidate) => candidate >= rough) ?? roundStep(rough / 86_400) * 86_400;
  const values = rough < 1 ? linearTicks([from, to], about).values : multiples(from, to, step);
  return { values, texts: values.map(durationText) };
}

function durationText(seconds: number): string {
  if (seconds === 0) return "0";
  for (const [unit, letter] of DURATIONS) {
    if (seconds >= unit) return `${Number((seconds / unit).toFixed(1))}${letter}`;
  }
  return `${Number(seconds.toFixed(2))}s`;
}

const DURATIONS: readonly (readonly [number, string])[] = [
  [86_400, "d"],
  [3600, "h"],
  [60, "m"],
];

/** Clock times, in the reader's own zone. Values are milliseconds. */
export function timeTicks([from, to]: Range, about: number): Ticks {
  const zone = new Date(to).getTimezoneOffset() * 60;
  const { values } = durationTicks([from / 1000 - zone, to / 1000 - zone], about);
  const times = values.map((seconds) => (seconds + zone) * 1000);
  const seconds = (to - from) / about < 60_000;
  return { values: times, texts: times.map((time) => (seconds ? clockTime(time) : clockTime(time).slice(0, 5))) };
}
