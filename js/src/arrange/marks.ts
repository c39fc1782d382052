// Better or worse: what a goal says about a number. Only columns with a goal have marks.

import type { Column } from "../columns.ts";
import type { Experiment, Value } from "../contract.ts";
import { fieldsOf, type Holder } from "../flat.ts";
import { toNumber } from "../format.ts";
import type { Arrangement, Goal } from "./arrangement.ts";
import { difference } from "./values.ts";

export type Mark = "best" | "better" | "worse";

export const MARK_WORDS: Record<Mark, string> = {
  best: "best",
  better: "better than the baseline",
  worse: "worse than the baseline",
};

/** What the cells of one column are measured by. */
export interface Yardstick {
  goal: Goal;
  best: number | null;
  base: Value | undefined;
}

/** By column key. `shown` are the experiments that compete. */
export function yardsticks(
  columns: readonly Column[],
  shown: readonly Experiment[],
  { goals }: Arrangement,
  baseline: Holder | undefined,
): ReadonlyMap<string, Yardstick> {
  const found = new Map<string, Yardstick>();
  for (const { field } of columns) {
    const goal = goals[field.key];
    if (!goal) continue;
    const numbers = shown.map((experiment) => toNumber(fieldsOf(experiment).get(field)));
    found.set(field.key, { goal, best: bestOf(numbers, goal), base: baseline && fieldsOf(baseline).get(field) });
  }
  return found;
}

export const isBetter = (goal: Goal, a: number, b: number): boolean => (goal === "higher" ? a > b : a < b);

function bestOf(numbers: readonly (number | null)[], goal: Goal): number | null {
  return numbers.reduce((best, number) => {
    if (number === null || !Number.isFinite(number)) return best;
    return best === null || isBetter(goal, number, best) ? number : best;
  }, null);
}

/** Whether a column shows differences when they are asked for: results do, and what somebody chose. */
export const differs =
  (chosen: readonly string[]) =>
  ({ field, prefix, name }: Column): boolean =>
    chosen.includes(field.key) || (field.kind === "metric" && prefix + name !== "step");

export function markOf(value: Value | undefined, { goal, best, base }: Yardstick): Mark | null {
  const number = toNumber(value);
  if (number !== null && number === best) return "best";
  const far = difference(value, base);
  if (far === null || far === 0) return null;
  return far > 0 === (goal === "higher") ? "better" : "worse";
}
