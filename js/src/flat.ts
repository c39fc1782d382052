// Nested params and metrics as table cells: `{"train": {"loss": 1}}` in one file is the cell `train/loss` of that file.

import type { Experiment, Value } from "./contract.ts";

export type Kind = "metric" | "param";

export interface Field {
  kind: Kind;
  file: string;
  path: string;
  value: Value;
}

/** Column key -> field. A Map, because file and metric names are somebody's text and may be `__proto__`. */
export type Fields = ReadonlyMap<string, Field>;

const cache = new WeakMap<Experiment, Fields>();

/** All cells of an experiment, remembered as long as the experiment object is. */
export function fieldsOf(experiment: Experiment): Fields {
  const known = cache.get(experiment);
  if (known) return known;
  const fields = new Map<string, Field>();
  collect(fields, "metric", experiment.metrics);
  collect(fields, "param", experiment.params);
  cache.set(experiment, fields);
  return fields;
}

function collect(fields: Map<string, Field>, kind: Kind, files: Record<string, Value>): void {
  for (const [file, content] of Object.entries(files)) {
    for (const [path, value] of leaves(content, "")) {
      fields.set(JSON.stringify([kind, file, path]), { kind, file, path, value });
    }
  }
}

function* leaves(value: Value, path: string): Generator<[string, Value]> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    yield [path, value];
    return;
  }
  for (const [name, child] of Object.entries(value)) yield* leaves(child, path ? `${path}/${name}` : name);
}
