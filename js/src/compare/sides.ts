// What a comparison shows: results, settings that differ, settings that are the same.

import { type Column, fileGroups } from "../columns.ts";
import type { Experiment, Value } from "../contract.ts";
import { type Field, type Fields, fieldsOf } from "../flat.ts";

export interface Line {
  key: string;
  column: Column;
  /** The file, where another one has a setting of this name. */
  beside: string;
  values: (Value | undefined)[];
}

export interface Comparison {
  results: Line[];
  different: Line[];
  same: Line[];
}

/** All that one file holds, in the order of the table. */
export interface FileLines {
  key: string;
  label: string;
  lines: Line[];
}

export function byFile({ results, different, same }: Comparison, columns: readonly Column[]): FileLines[] {
  const lines = new Map([...results, ...different, ...same].map((line) => [line.column, line]));
  const linesOf = (column: Column) => {
    const line = lines.get(column);
    // Which file it is, its title says.
    return line ? [{ ...line, beside: "" }] : [];
  };
  return fileGroups(columns)
    .map(({ key, label, columns: those }) => ({ key, label, lines: those.flatMap(linesOf) }))
    .filter((file) => file.lines.length > 0);
}

/** The first experiment is the reference. */
export function compareSides(experiments: readonly Experiment[], columns: readonly Column[]): Comparison {
  const fields = experiments.map(fieldsOf);
  const files = new Map(fileGroups(columns).flatMap(({ label, columns: those }) => those.map((one) => [one, label])));
  const named = new Map<string, number>();
  for (const { field } of columns) named.set(nameOf(field), (named.get(nameOf(field)) ?? 0) + 1);
  const isShared = ({ field }: Column) => (named.get(nameOf(field)) ?? 0) > 1;
  const lines = columns
    .map((column) => lineOf(column, fields, isShared(column) ? (files.get(column) ?? "") : ""))
    .filter(({ values }) => values.some((value) => value !== undefined));
  const settings = lines.filter(({ column }) => column.field.kind === "param");
  return {
    results: lines.filter(({ column }) => column.field.kind === "metric"),
    different: settings.filter(({ values }) => !isSame(values)),
    same: settings.filter(({ values }) => isSame(values)),
  };
}

const nameOf = ({ kind, path }: Field): string => `${kind} ${path}`;

function lineOf(column: Column, fields: readonly Fields[], beside: string): Line {
  const { field } = column;
  return { key: field.key, column, beside, values: fields.map((one) => one.get(field)) };
}

export const equal = (a: Value | undefined, b: Value | undefined): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);

const isSame = ([first, ...others]: (Value | undefined)[]): boolean => others.every((value) => equal(first, value));
