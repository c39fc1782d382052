// Which columns tell experiments apart.

import type { Column } from "../columns.ts";
import type { Experiment } from "../contract.ts";
import { type Field, fieldsOf } from "../flat.ts";

/** Keys of the columns in which all experiments say the same; of one experiment alone nothing can be said. */
export function alike(columns: readonly Column[], experiments: readonly Experiment[]): string[] {
  if (experiments.length < 2) return [];
  return columns.filter(({ field }) => sayTheSame(field, experiments)).map(({ field }) => field.key);
}

function sayTheSame(field: Field, experiments: readonly Experiment[]): boolean {
  const [first, ...others] = experiments.map((experiment) => fieldsOf(experiment).get(field));
  const text = JSON.stringify(first);
  return others.every((value) => value === first || JSON.stringify(value) === text);
}
