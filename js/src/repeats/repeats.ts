// Runs that are one experiment again and again: same code, same parameters, except those somebody groups over. Python
// tells them apart by the same rule for figures in code; `tests/fixtures/repeats.json` holds both to it.

import type { Experiment, Value } from "../contract.ts";
import { fieldsOf } from "../flat.ts";
import { formatParam } from "../format.ts";
import type { Selection } from "../palette.ts";
import type { BandKind } from "./spread.ts";

export interface Repeats {
  key: string;
  name: string;
  /** Two or more experiments, in the order given. Ids and not experiments: a group outlives a thousand new values. */
  ids: readonly string[];
}

/** Which experiments are one run again and again, over which parameters, and the band that is wanted. */
export interface Together {
  repeats: readonly Repeats[];
  over: readonly string[];
  band: BandKind;
}

/** A group has the first colour that any of its members was given. */
export function slotOf({ ids }: Repeats, selection: Selection): number | undefined {
  const slots = ids.map((id) => selection.get(id)).filter((slot) => slot !== undefined);
  return slots.length > 0 ? Math.min(...slots) : undefined;
}

/** The groups of two or more; whoever repeats nobody is in none. `before` where it is the same. */
export function repeatsOf(
  experiments: readonly Experiment[],
  over: readonly string[],
  before: readonly Repeats[] = [],
): readonly Repeats[] {
  if (over.length === 0) return NONE;
  const groups = new Map<string, Experiment[]>();
  for (const experiment of experiments) {
    const key = keyOf(experiment, over);
    const group = groups.get(key);
    if (group) group.push(experiment);
    else groups.set(key, [experiment]);
  }
  const found = [...groups].filter(([, members]) => members.length > 1);
  const same = ([key, members]: [string, Experiment[]], at: number) =>
    before[at]?.key === key &&
    before[at].ids.length === members.length &&
    members.every(({ id }, place) => id === before[at]?.ids[place]);
  if (found.length === before.length && found.every(same)) return before;
  const names = namesOf(
    found.map(([, members]) => members),
    over,
  );
  return found.map(([key, members], at) => ({ key, name: names[at] ?? "", ids: members.map(({ id }) => id) }));
}

const NONE: readonly Repeats[] = [];

const known = new WeakMap<Experiment, { over: string; key: string }>();

function keyOf(experiment: Experiment, over: readonly string[]): string {
  const asked = over.join("\n");
  const held = known.get(experiment);
  if (held?.over === asked) return held.key;
  const { repo_url, baseline_sha, cut, id } = experiment;
  // Of what was cut for the table nobody here can say whether it is the same.
  const unsure = cut.some(([kind]) => kind === "params") ? id : "";
  const key = JSON.stringify([repo_url, baseline_sha, unsure, paramsOf(experiment, over).sort()]);
  known.set(experiment, { over: asked, key });
  return key;
}

const paramsOf = (experiment: Experiment, over: readonly string[]): [string, string][] =>
  [...fieldsOf(experiment)].flatMap(([{ kind, file, path }, value]): [string, string][] =>
    kind === "param" && !over.includes(path) ? [[JSON.stringify([file, path]), canonical(value)]] : [],
  );

const canonical = (value: Value): string => JSON.stringify(value);

/** What the names of the members have in common; the parameters too where that does not tell groups apart. */
function namesOf(groups: readonly (readonly Experiment[])[], over: readonly string[]): string[] {
  const stems = groups.map(stemOf);
  const params = groups.map(([first]) => valuesOf(first as Experiment, over));
  const telling = [...new Set(params.flatMap((own) => [...own.keys()]))].filter((path) =>
    params.some((own) => own.get(path) !== params[0]?.get(path)),
  );
  const count = new Map<string, number>();
  for (const stem of stems) count.set(stem, (count.get(stem) ?? 0) + 1);
  return groups.map(([first], at) => {
    const stem = stems[at] ?? "";
    if (stem && count.get(stem) === 1) return stem;
    const words = telling.flatMap((path) => {
      const text = params[at]?.get(path);
      return text === undefined ? [] : [`${path}=${text}`];
    });
    return [stem, ...words].filter(Boolean).join(" ") || (first?.name ?? "");
  });
}

const TAIL = /[-_./ :=]*(seed|run|s|r)?[-_./ :=]*$/i;
const SHORTEST = 2;

function stemOf(members: readonly Experiment[]): string {
  const [first = "", ...others] = members.map(({ name }) => name);
  let size = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, size))) size -= 1;
  // A whole name, or a name up to where its number or word begins.
  const stem = first.slice(0, size).replace(size === first.length ? /$/ : TAIL, "");
  return stem.length < SHORTEST ? "" : stem;
}

const valuesOf = (experiment: Experiment, over: readonly string[]): Map<string, string> =>
  new Map(
    [...fieldsOf(experiment)].flatMap(([{ kind, path }, value]): [string, string][] =>
      kind === "param" && !over.includes(path) ? [[path, formatParam(value)]] : [],
    ),
  );

/** The parameters that tell some of the experiments apart, those that look like seeds first. */
export function variedParams(experiments: readonly Experiment[]): string[] {
  const [first, ...others] = experiments;
  if (!first) return [];
  const values = new Map<string, { text: string; count: number; varied: boolean }>();
  for (const experiment of [first, ...others]) {
    for (const [{ kind, path }, value] of fieldsOf(experiment)) {
      if (kind !== "param") continue;
      const text = canonical(value);
      const known = values.get(path);
      if (!known) values.set(path, { text, count: 1, varied: false });
      else {
        known.count += 1;
        known.varied ||= known.text !== text;
      }
    }
  }
  const varied = [...values].filter(([, { count, varied }]) => varied || count < experiments.length);
  return varied.map(([path]) => path).sort((a, b) => Number(isSeed(b)) - Number(isSeed(a)) || a.localeCompare(b));
}

const isSeed = (path: string): boolean => /seed|random_state|\brng\b|repeat|fold|trial/i.test(path);
