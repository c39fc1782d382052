// One parameter or metric as an axis: where each experiment stands on it, from 0 to 1, and what is written beside it.

import type { Column } from "../columns.ts";
import type { Experiment, Value } from "../contract.ts";
import { type Field, fieldsOf } from "../flat.ts";
import { formatNumber, formatParam, type Precision, toNumber } from "../format.ts";
import { linearRange, linearTicks, logRange, logTicks } from "../plots/ticks.ts";

/** What can be an axis: a metric or a parameter, in whichever files it stands. */
export interface Dimension {
  /** `param lr`, `metric val/acc`. */
  key: string;
  path: string;
  kind: Field["kind"];
  fields: readonly Field[];
  precision: Precision;
}

export type Scale = "linear" | "log" | "names";

export interface Axis {
  dimension: Dimension;
  scale: Scale;
  /** Of each experiment, in their order; null for what is missing or has no place. */
  places: readonly (number | null)[];
  /** What each is worth, as it is said. */
  texts: readonly string[];
  ticks: readonly { place: number; text: string }[];
  /** How many have no place: those without a value, and NaN and infinities. */
  missing: number;
  odd: number;
}

export function dimensionsOf(columns: readonly Column[]): Dimension[] {
  const found = new Map<string, Dimension & { fields: Field[] }>();
  for (const { field, precision } of columns) {
    const key = `${field.kind} ${field.path}`;
    const known = found.get(key);
    if (known) known.fields.push(field);
    else found.set(key, { key, path: field.path, kind: field.kind, fields: [field], precision });
  }
  return [...found.values()];
}

export function valueAt({ fields }: Dimension, experiment: Experiment): Value | undefined {
  const all = fieldsOf(experiment);
  for (const field of fields) {
    const value = all.get(field);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Two decades and more are told apart on a logarithmic axis only. */
const DECADES = 100;
const TICKS = 5;
/** So many names have room beside an axis. */
const NAMES = 12;

export function axisOf(dimension: Dimension, experiments: readonly Experiment[]): Axis {
  const values = experiments.map((experiment) => valueAt(dimension, experiment));
  const numbers = values.map(toNumber);
  const there = values.filter((value) => value !== undefined && value !== null).length;
  const numeric =
    there > 0 && values.every((value, at) => value === undefined || value === null || numbers[at] !== null);
  const missing = values.length - there;
  const texts = values.map((value) => textOf(dimension, value));
  return numeric
    ? { dimension, texts, missing, ...byNumber(numbers) }
    : { dimension, texts, missing, odd: 0, ...byName(values, texts) };
}

function textOf({ kind, precision }: Dimension, value: Value | undefined): string {
  const number = toNumber(value);
  if (value === undefined || value === null) return "missing";
  return kind === "metric" && number !== null ? formatNumber(number, precision) : formatParam(value);
}

function byNumber(numbers: readonly (number | null)[]): Pick<Axis, "scale" | "places" | "ticks" | "odd"> {
  const finite = numbers.filter((number): number is number => number !== null && Number.isFinite(number));
  const [low, high] = [least(finite), -least(finite.map((number) => -number))];
  const odd = numbers.filter((number) => number !== null && !Number.isFinite(number)).length;
  const log = low > 0 && high / low >= DECADES;
  const range = finite.length === 0 ? ([0, 1] as const) : log ? logRange(low, high) : linearRange(low, high);
  const plain = log ? Math.log10 : (number: number) => number;
  const [from, to] = [plain(range[0]), plain(range[1])];
  const placeOf = (number: number) => (to === from ? 0.5 : (plain(number) - from) / (to - from));
  const { values, texts } = (log ? logTicks : linearTicks)([range[0], range[1]], TICKS);
  const ticks = values.map((value, at) => ({ place: placeOf(value), text: texts[at] ?? "" }));
  const places = numbers.map((number) => (number !== null && Number.isFinite(number) ? placeOf(number) : null));
  return { scale: log ? "log" : "linear", places, odd, ticks: ticks.filter(({ place }) => place >= 0 && place <= 1) };
}

const least = (numbers: readonly number[]): number =>
  numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function byName(
  values: readonly (Value | undefined)[],
  texts: readonly string[],
): Pick<Axis, "scale" | "places" | "ticks"> {
  const there = texts.filter((_, at) => values[at] !== undefined && values[at] !== null);
  const names = [...new Set(there)].sort(collator.compare);
  const place = new Map(names.map((name, at) => [name, names.length === 1 ? 0.5 : at / (names.length - 1)]));
  const every = Math.ceil(names.length / NAMES);
  return {
    scale: "names",
    places: values.map((value, at) =>
      value === undefined || value === null ? null : (place.get(texts[at] ?? "") ?? null),
    ),
    ticks: names.filter((_, at) => at % every === 0).map((name) => ({ place: place.get(name) ?? 0, text: name })),
  };
}

/** Which step of the colour scale a place has: the darkest is the most. */
export const SHADES = 7;
export const shadeOf = (place: number | null): number | null =>
  place === null ? null : Math.min(SHADES - 1, Math.floor(place * SHADES));

/** How many stand nowhere on an axis: by kind where there is room for so many letters, else together. */
export function nowhere(missing: number, odd: number, letters: number): string {
  const kinds = [missing > 0 && `– ×${missing}`, odd > 0 && `NaN, ∞ ×${odd}`].filter(Boolean).join(" ");
  return kinds.length <= letters ? kinds : `×${missing + odd}`;
}
