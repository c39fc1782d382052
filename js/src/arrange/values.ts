// What stands in a column of the table, as it is sorted and tested. Three columns are not somebody's metric or parameter.

import type { Experiment, Value } from "../contract.ts";
import { type Field, fieldsOf } from "../flat.ts";
import { toNumber } from "../format.ts";

export const NAME = "name";
export const STATUS = "status";
export const STARTED = "started";
/** Not of the experiment itself: which branch it hangs on, the rows know. */
export const BRANCH = "branch";

export type Source = typeof NAME | typeof STATUS | typeof STARTED | typeof BRANCH | Field;

export const keyOf = (source: Source): string => (typeof source === "string" ? source : source.key);

export function valueIn(experiment: Experiment, source: Source): Value | undefined {
  switch (source) {
    case NAME:
      return experiment.name;
    case STATUS:
      return experiment.status;
    case STARTED:
      return experiment.started_at;
    case BRANCH:
      return undefined;
    default:
      return fieldsOf(experiment).get(source);
  }
}

/** What a value is sorted by. Nothing for NaN, infinities and what is missing: they come last in both directions. */
export function sortable(value: Value | undefined): number | string | undefined {
  const number = toNumber(value);
  if (number !== null) return Number.isFinite(number) ? number : undefined;
  if (value === undefined || value === null || value === "") return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `run-2` before `run-10`. */
const texts = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Numbers before texts where a column holds both. */
export function compare(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return texts.compare(a, b);
  return typeof a === "number" ? -1 : 1;
}

/** How much more than in the baseline; null where one of them is no number. */
export function difference(value: Value | undefined, base: Value | undefined): number | null {
  const [here, there] = [toNumber(value), toNumber(base)];
  if (here === null || there === null) return null;
  const far = here - there;
  return Number.isFinite(far) ? far : null;
}
