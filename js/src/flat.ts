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
  /** The names on the way to it below its file: a name may itself hold a slash. */
  readonly steps: readonly string[];
}

/** Whoever has numbers: an experiment, or a commit. */
export type Holder = Pick<Experiment, "metrics" | "params">;

const cache = new WeakMap<Holder, Fields>();

/** All cells of an experiment or a commit, remembered as long as the object is. */
export function fieldsOf(holder: Holder): Fields {
  const known = cache.get(holder);
  if (known) return known;
  const fields = new Fields(holder);
  cache.set(holder, fields);
  return fields;
}

/**
 * The cells of one holder. Nothing is copied: a value is looked up in what came, and all of them are walked through only
 * when somebody asks for all. Two million cells are then no more than their JSON, and a row that changes costs nothing.
 */
export class Fields {
  private counted: number | null = null;

  constructor(private readonly holder: Holder) {}

  /** Own names only: they are somebody's text and may be `__proto__`. */
  get({ kind, file, steps }: Field): Value | undefined {
    let value: Value | undefined = own(kind === "metric" ? this.holder.metrics : this.holder.params, file);
    for (const step of steps) value = isBranch(value) ? own(value, step) : undefined;
    return isBranch(value) ? undefined : value;
  }

  each(visit: Visit): void {
    let count = 0;
    const counting: Visit = (field, value) => {
      count += 1;
      visit(field, value);
    };
    collect(counting, roots.metric, this.holder.metrics);
    collect(counting, roots.param, this.holder.params);
    this.counted = count;
  }

  get size(): number {
    if (this.counted === null) this.each(() => {});
    return this.counted ?? 0;
  }

  *[Symbol.iterator](): Iterator<[Field, Value]> {
    const all: [Field, Value][] = [];
    this.each((field, value) => all.push([field, value]));
    yield* all;
  }
}

type Visit = (field: Field, value: Value) => void;

type Branch = { readonly [name: string]: Value };

const own = (branch: Branch, name: string): Value | undefined =>
  Object.hasOwn(branch, name) ? branch[name] : undefined;

const isBranch = (value: Value | undefined): value is { [name: string]: Value } =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** One name below another, and the field it is. */
class Name {
  private readonly below = new Map<string, Name>();

  constructor(readonly field: Field) {}

  child(name: string): Name {
    const known = this.below.get(name);
    if (known) return known;
    const made = new Name(fieldAt(this.field, name));
    this.below.set(name, made);
    return made;
  }
}

type Roots = { kind: Kind; files: Map<string, Name> };

const roots: Record<Kind, Roots> = {
  metric: { kind: "metric", files: new Map() },
  param: { kind: "param", files: new Map() },
};

function fieldAt({ kind, file, steps }: Pick<Field, "kind" | "file" | "steps">, name?: string): Field {
  const all = name === undefined ? steps : [...steps, name];
  const path = all.join("/");
  // `{"a": {"b": 1}, "a/b": 2}` are two places of one path: the name that holds the slash says so.
  const spelled = all.some((step) => step.includes("/")) ? [all] : [];
  return { key: JSON.stringify([kind, file, path, ...spelled]), kind, file, path, steps: all };
}

function collect(visit: Visit, { kind, files }: Roots, contents: Record<string, Value>): void {
  for (const [file, content] of Object.entries(contents)) {
    const known = files.get(file) ?? new Name(fieldAt({ kind, file, steps: [] }));
    files.set(file, known);
    walk(visit, known, content);
  }
}

function walk(visit: Visit, name: Name, value: Value): void {
  if (!isBranch(value)) {
    visit(name.field, value);
    return;
  }
  for (const below of Object.keys(value)) walk(visit, name.child(below), value[below] as Value);
}
