// Nested params and metrics as table cells: `{"train": {"loss": 1}}` in one file is the cell `train/loss` of that file.

import type { Experiment, Value } from "./contract.ts";

export type Kind = "metric" | "param";

/** A place a value can stand in. There is one object for each, so that 300,000 cells share a few dozen of them. */
export interface Field {
  /** For lists of elements, which want text. */
  readonly key: string;
  readonly kind: Kind;
  readonly file: string;
  readonly path: string;
}

/** A Map and no object: names are somebody's text and may be `__proto__`. */
export type Fields = ReadonlyMap<Field, Value>;

/** Whoever has numbers: an experiment, or a commit. */
export type Holder = Pick<Experiment, "metrics" | "params">;

const cache = new WeakMap<Holder, Fields>();

/** All cells of an experiment or a commit, remembered as long as the object is. */
export function fieldsOf(experiment: Holder): Fields {
  const known = cache.get(experiment);
  if (known) return known;
  const fields = new Map<Field, Value>();
  collect(fields, roots.metric, experiment.metrics);
  collect(fields, roots.param, experiment.params);
  cache.set(experiment, fields);
  return fields;
}

/** One name below another, and the field it is. */
class Name {
  private readonly below = new Map<string, Name>();

  constructor(readonly field: Field) {}

  child(name: string): Name {
    const known = this.below.get(name);
    if (known) return known;
    const { kind, file, path } = this.field;
    const made = new Name(fieldAt(kind, file, path ? `${path}/${name}` : name));
    this.below.set(name, made);
    return made;
  }
}

type Roots = { kind: Kind; files: Map<string, Name> };

const roots: Record<Kind, Roots> = {
  metric: { kind: "metric", files: new Map() },
  param: { kind: "param", files: new Map() },
};

const fieldAt = (kind: Kind, file: string, path: string): Field => ({
  key: JSON.stringify([kind, file, path]),
  kind,
  file,
  path,
});

function collect(fields: Map<Field, Value>, { kind, files }: Roots, contents: Record<string, Value>): void {
  for (const [file, content] of Object.entries(contents)) {
    const known = files.get(file) ?? new Name(fieldAt(kind, file, ""));
    files.set(file, known);
    visit(fields, known, content);
  }
}

function visit(fields: Map<Field, Value>, name: Name, value: Value): void {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    fields.set(name.field, value);
    return;
  }
  for (const [below, child] of Object.entries(value)) visit(fields, name.child(below), child);
}
