// How a table is arranged: what is sorted, filtered, shown and compared with what. Plain JSON and nothing else, because a
// saved view is exactly this.

import { type Hues, PALETTES } from "../palette.ts";
import { isRecord, likeThis, oneOf, texts } from "../read.ts";
import { BANDS, type BandKind } from "../repeats/spread.ts";

export interface Sort {
  column: string;
  down: boolean;
}

export const TESTS = ["=", "≠", "<", "≤", ">", "≥", "contains", "is there", "is missing"] as const;
export type Test = (typeof TESTS)[number];

export interface Filter {
  column: string;
  test: Test;
  text: string;
  /** Of the difference from the baseline, not of the value. */
  difference: boolean;
  /** A filter can be switched off and kept. */
  on: boolean;
}

export type Goal = "higher" | "lower";

export interface Arrangement {
  /** What the names have to contain. */
  find: string;
  sorts: readonly Sort[];
  filters: readonly Filter[];
  /** Column keys. What a later run brings is in none of these lists, and so is shown. */
  hidden: readonly string[];
  order: readonly string[];
  pinned: readonly string[];
  widths: Readonly<Record<string, number>>;
  onlyDiffering: boolean;
  goals: Readonly<Record<string, Goal>>;
  /** The experiment that others are compared with. */
  baseline: string | null;
  delta: boolean;
  /** Numeric columns that show differences too: metrics do so anyway. */
  differing: readonly string[];
  /** Experiments: those with a star, and those put out of sight. */
  starred: readonly string[];
  concealed: readonly string[];
  showConcealed: boolean;
  /** Without sections and commits. */
  flat: boolean;
  /** Parameters that make no difference: runs that are equal but for them stand and are drawn as one. */
  over: readonly string[];
  /** How far such runs lie apart. */
  band: BandKind;
  /** The colours of what is plotted, here and in charts. */
  hues: Hues;
}

export const plain: Arrangement = {
  find: "",
  sorts: [],
  filters: [],
  hidden: [],
  order: [],
  pinned: [],
  widths: {},
  onlyDiffering: false,
  goals: {},
  baseline: null,
  delta: false,
  differing: [],
  starred: [],
  concealed: [],
  showConcealed: false,
  flat: false,
  over: [],
  band: "std",
  hues: "studio",
};

const toggledIn = (list: readonly string[], item: string): string[] =>
  list.includes(item) ? list.filter((one) => one !== item) : [...list, item];

type Listed = "differing" | "hidden" | "pinned" | "starred" | "concealed";

export const toggleIn = (before: Arrangement, name: Listed, item: string): Arrangement => ({
  ...before,
  [name]: toggledIn(before[name], item),
});

/** Up, then down, then not at all; beside others, or instead of them. */
export function sortedBy(before: Arrangement, column: string, beside: boolean): Arrangement {
  const known = before.sorts.find((sort) => sort.column === column);
  const others = beside ? before.sorts.filter((sort) => sort.column !== column) : [];
  if (known?.down) return { ...before, sorts: others };
  const next = { column, down: known !== undefined };
  // Turned round in its place: the first sort stays the first.
  const turned = before.sorts.map((sort) => (sort.column === column ? next : sort));
  return { ...before, sorts: known && beside ? turned : [...others, next] };
}

/** Neither, higher is better, lower is better. */
export function nextGoal(before: Arrangement, column: string): Arrangement {
  const { [column]: goal, ...others } = before.goals;
  if (goal === "lower") return { ...before, goals: others };
  return withGoal(before, column, goal ? "lower" : "higher");
}

export function withGoal(before: Arrangement, column: string, goal: Goal | null): Arrangement {
  const { [column]: _, ...others } = before.goals;
  return { ...before, goals: goal ? { ...others, [column]: goal } : others };
}

export const withFilter = (before: Arrangement, filter: Filter): Arrangement => ({
  ...before,
  filters: [...before.filters, filter],
});

export const withFilterAt = (before: Arrangement, at: number, change: Partial<Filter>): Arrangement => ({
  ...before,
  filters: before.filters.map((filter, index) => (index === at ? { ...filter, ...change } : filter)),
});

export const withoutFilter = (before: Arrangement, at: number): Arrangement => ({
  ...before,
  filters: before.filters.filter((_, index) => index !== at),
});

/** `column` put before `next`, or at the end. `all` is the order on screen now. */
export function movedBefore(
  before: Arrangement,
  column: string,
  next: string | null,
  all: readonly string[],
): Arrangement {
  const rest = all.filter((key) => key !== column);
  const at = next === null ? rest.length : rest.indexOf(next);
  return { ...before, order: [...rest.slice(0, at), column, ...rest.slice(at)] };
}

export const withWidth = (before: Arrangement, column: string, width: number): Arrangement => ({
  ...before,
  widths: { ...before.widths, [column]: width },
});

/** Something from outside as an arrangement: what is not understood is left out, and nothing else is taken over. */
export function arrangementOf(said: unknown): Arrangement {
  const read = likeThis(plain, said);
  return {
    ...read,
    sorts: read.sorts.filter(isSort),
    filters: read.filters.filter(isFilter),
    over: texts(read.over),
    band: oneOf(BANDS, read.band),
    hues: oneOf(PALETTES, read.hues),
  };
}

const isSort = (value: unknown): value is Sort =>
  isRecord(value) && typeof value.column === "string" && typeof value.down === "boolean";

const isFilter = (value: unknown): value is Filter =>
  isRecord(value) &&
  typeof value.column === "string" &&
  typeof value.text === "string" &&
  TESTS.includes(value.test as Test);
