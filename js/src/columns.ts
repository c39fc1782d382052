// The columns of the table: one for every metric and parameter somebody logged, grouped by file. They only ever grow:
// a column keeps its place, its width and at least its digits, whatever arrives later.

import type { Experiment } from "./contract.ts";
import { type Field, fieldsOf, type Kind } from "./flat.ts";
import { formatMetric, formatParam, type Precision, precisionOf, toNumber } from "./format.ts";

export interface Column {
  key: string;
  kind: Kind;
  file: string;
  /** `train/` of `train/loss`; drawn grey. */
  prefix: string;
  name: string;
  width: number;
  numeric: boolean;
  precision: Precision;
}

export interface FileGroup {
  key: string;
  label: string;
  columns: Column[];
}

/** How wide a text is drawn, in pixels; given from outside because only a browser knows. */
export type Measure = (text: string, strong: boolean) => number;

const METRIC_WIDTH = 86;
const STEP_WIDTH = 74;
const PARAM_WIDTHS = { least: 58, most: 76 };
const WIDEST = 190;
/** The slot right of a number where marks stand, so that decimals stay aligned; and room for the arrow at its left. */
const MARK_SLOT = 20;
const ARROW_SLOT = 16;
const PADDING = 8;

/** The columns after seeing `experiments`; the same list when they bring no new field and no new kind of number. */
export function growColumns(
  known: readonly Column[],
  experiments: Iterable<Experiment>,
  measure: Measure,
): readonly Column[] {
  const keys = new Map(known.map((column) => [column.key, column]));
  const values = new Map<string, Field[]>();
  for (const experiment of experiments) {
    for (const [key, field] of fieldsOf(experiment)) {
      const column = keys.get(key);
      if (column && !outgrows(column, field)) continue;
      const list = values.get(key);
      if (list) list.push(field);
      else values.set(key, [field]);
    }
  }
  if (values.size === 0) return known;
  for (const [key, fields] of values) keys.set(key, newColumn(key, fields, measure, keys.get(key)));
  return inOrder([...keys.values()]);
}

/** Wider precision where the numbers have become smaller. Looks at every value, so it is asked now and then only. */
export function refineColumns(known: readonly Column[], experiments: Iterable<Experiment>): readonly Column[] {
  const numbers = new Map<string, number[]>(known.map((column) => [column.key, []]));
  for (const experiment of experiments) {
    for (const [key, field] of fieldsOf(experiment)) {
      const number = toNumber(field.value);
      if (number !== null) numbers.get(key)?.push(number);
    }
  }
  const refined = known.map((column) => withPrecision(column, numbers.get(column.key) ?? []));
  return refined.some((column, index) => column !== known[index]) ? refined : known;
}

function withPrecision(column: Column, numbers: number[]): Column {
  const precision = precisionOf(numbers, column.precision);
  return precision.decimals === column.precision.decimals ? column : { ...column, precision };
}

/** A fraction in a column that had only seen whole numbers. */
function outgrows({ kind, precision }: Column, { value }: Field): boolean {
  const number = kind === "metric" && precision.integer ? toNumber(value) : null;
  return number !== null && Number.isFinite(number) && !Number.isInteger(number);
}

function newColumn(key: string, fields: Field[], measure: Measure, before: Column | undefined): Column {
  const numbers = fields.map(({ value }) => toNumber(value)).filter((number) => number !== null);
  const precision = precisionOf(numbers, before?.precision);
  if (before) return { ...before, precision };
  const { kind, file, path } = fields[0] as Field;
  const cut = path.lastIndexOf("/") + 1;
  const head = { key, kind, file, prefix: path.slice(0, cut), name: path.slice(cut), precision };
  const numeric = fields.every(({ value }) => toNumber(value) !== null);
  return { ...head, numeric, width: widthOf(head, numeric, fields, measure) };
}

function widthOf(head: Omit<Column, "width" | "numeric">, numeric: boolean, fields: Field[], measure: Measure): number {
  const { kind, prefix, name, precision } = head;
  const side = PADDING + (numeric ? MARK_SLOT : PADDING);
  const header = measure(prefix, false) + measure(name, true) + side;
  const texts = fields.map(({ value }) => (kind === "metric" ? formatMetric(value, precision) : formatParam(value)));
  // The text with the most characters, not the widest one: measuring 10,000 of them would be seen.
  const longest = texts.reduce((best, text) => (text.length > best.length ? text : best), "");
  const content = measure(longest, false) + side;
  if (kind === "param") return clamp(header, clamp(content, PARAM_WIDTHS.least, PARAM_WIDTHS.most), WIDEST);
  const least = name === "step" ? STEP_WIDTH : METRIC_WIDTH;
  return clamp(Math.max(header, content + ARROW_SLOT - PADDING), least, WIDEST);
}

const clamp = (value: number, least: number, most: number): number => Math.ceil(Math.min(most, Math.max(least, value)));

/** Metrics before params, files as they first appeared, and `step` last in its file. Sorting is stable. */
function inOrder(columns: Column[]): Column[] {
  const files = new Map<string, number>();
  for (const column of columns) if (!files.has(fileKey(column))) files.set(fileKey(column), files.size);
  const rank = (column: Column): number[] => [
    column.kind === "metric" ? 0 : 1,
    files.get(fileKey(column)) ?? 0,
    column.kind === "metric" && column.prefix === "" && column.name === "step" ? 1 : 0,
  ];
  return columns.sort((a, b) => compareRanks(rank(a), rank(b)));
}

function compareRanks(a: number[], b: number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

const fileKey = ({ kind, file }: Column): string => JSON.stringify([kind, file]);

/** Neighbouring columns of one file. The last part of its name is enough, unless another file ends the same. */
export function fileGroups(columns: readonly Column[]): FileGroup[] {
  const groups = new Map<string, FileGroup>();
  for (const column of columns) {
    const key = fileKey(column);
    const group = groups.get(key);
    if (group) group.columns.push(column);
    else groups.set(key, { key, label: lastParts(column.file, 1), columns: [column] });
  }
  const all = [...groups.values()];
  const shared = (label: string) => all.filter((group) => group.label === label).length > 1;
  return all.map((group) => (shared(group.label) ? { ...group, label: longLabel(group) } : group));
}

const longLabel = ({ columns }: FileGroup): string => lastParts(columns[0]?.file ?? "", 2);

const lastParts = (file: string, count: number): string => file.split("/").slice(-count).join("/");
