// The columns of the table: one for every metric and parameter somebody logged, grouped by file. They only ever grow:
// a column keeps its place, at least its digits, and its width until a whole number would be cut.

import type { Value } from "./contract.ts";
import { type Field, fieldsOf, type Holder } from "./flat.ts";
import { formatMetric, formatParam, type Precision, precisionOf, toNumber } from "./format.ts";

export interface Column {
  field: Field;
  /** `train/` of `train/loss`; drawn grey. */
  prefix: string;
  name: string;
  width: number;
  /** Whole numbers up to this fit into it. */
  most: number;
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
/** No less than the arrow itself: where a number needs a sign, or is long. */
const CLOSE_ARROW_SLOT = 12;
const PADDING = 8;
/** So many values tell a column's digits and width. */
const SAMPLE = 500;
const WHOLE = { precision: { integer: true, decimals: 0 }, most: Number.POSITIVE_INFINITY };

/** The columns after seeing `experiments`; the same list when they bring no new field and no new kind of number. */
export function growColumns(
  known: readonly Column[],
  experiments: Iterable<Holder>,
  measure: Measure,
): readonly Column[] {
  const columns = new Map(known.map((column) => [column.field, column]));
  const news = new Map<Field, Value[]>();
  for (const experiment of experiments) {
    fieldsOf(experiment).each((field, value) => {
      const column = columns.get(field);
      if (column && !outgrows(field, column, value)) return;
      const values = news.get(field);
      if (values) values.push(value);
      else news.set(field, [value]);
    });
  }
  if (news.size === 0) return known;
  for (const [field, values] of news) columns.set(field, newColumn(field, values, measure, columns.get(field)));
  return inOrder([...columns.values()]);
}

/** More digits where the numbers have become smaller. Looks at every value it is given, so it is asked now and then. */
export function refineColumns(known: readonly Column[], experiments: Iterable<Holder>): readonly Column[] {
  const numbers = new Map<Field, number[]>(known.map((column) => [column.field, []]));
  for (const experiment of experiments) {
    fieldsOf(experiment).each((field, value) => {
      const number = toNumber(value);
      if (number !== null) numbers.get(field)?.push(number);
    });
  }
  const refined = known.map((column) => withPrecision(column, numbers.get(column.field) ?? []));
  return refined.some((column, index) => column !== known[index]) ? refined : known;
}

function withPrecision(column: Column, numbers: number[]): Column {
  const precision = precisionOf(numbers, column.precision);
  return precision.decimals === column.precision.decimals ? column : { ...column, precision };
}

/** In a column that had only seen whole numbers: a fraction, or one too long for it. */
function outgrows({ kind }: Field, { precision, most }: Pick<Column, "precision" | "most">, value: Value): boolean {
  const number = kind === "metric" && precision.integer ? toNumber(value) : null;
  return number !== null && Number.isFinite(number) && (!Number.isInteger(number) || Math.abs(number) > most);
}

function newColumn(field: Field, values: Value[], measure: Measure, before: Column | undefined): Column {
  const some = values.slice(0, SAMPLE);
  const numbers = some.map(toNumber).filter((number) => number !== null);
  // All of them are asked whether they are whole, some of them what their median is.
  const fraction = toNumber(values.find((value) => outgrows(field, WHOLE, value)));
  const precision = precisionOf(fraction === null ? numbers : [...numbers, fraction], before?.precision);
  if (before) return widened({ ...before, precision }, some, measure);
  const cut = field.path.lastIndexOf("/") + 1;
  const head = { field, prefix: field.path.slice(0, cut), name: field.path.slice(cut), precision };
  const numeric = values.every((value) => toNumber(value) !== null);
  const width = widthOf(head, numeric, some, measure);
  return { ...head, numeric, width, most: mostIn(width, precision, measure) };
}

/** Ten times as much room as was asked for: a step that grows must not push its neighbours again soon. */
function widened(column: Column, values: readonly Value[], measure: Measure): Column {
  if (!column.precision.integer) return column;
  const most = 10 * Math.max(...values.map((value) => Math.abs(toNumber(value) ?? 0)).filter(Number.isFinite), 0);
  const width = Math.max(column.width, wholeWidth(most, column.precision, measure));
  return { ...column, width, most: Math.max(column.most, most) };
}

const wholeWidth = (number: number, precision: Precision, measure: Measure): number =>
  Math.ceil(measure(formatMetric(number, precision), false) + MARK_SLOT + CLOSE_ARROW_SLOT);

/** The longest row of nines that leaves the arrow its room. */
function mostIn(width: number, precision: Precision, measure: Measure): number {
  if (!precision.integer) return Number.POSITIVE_INFINITY;
  let nines = 9;
  while (nines < Number.MAX_SAFE_INTEGER / 10 && wholeWidth(10 * nines + 9, precision, measure) <= width)
    nines = 10 * nines + 9;
  return nines;
}

function widthOf(
  head: Omit<Column, "width" | "most" | "numeric">,
  numeric: boolean,
  values: Value[],
  measure: Measure,
): number {
  const { field, prefix, name, precision } = head;
  const side = PADDING + (numeric ? MARK_SLOT : PADDING);
  const header = measure(prefix, false) + measure(name, true) + side;
  const texts = values.map((value) => (field.kind === "metric" ? formatMetric(value, precision) : formatParam(value)));
  // The text with the most characters, not the widest one: measuring each of them would be seen.
  const longest = texts.reduce((best, text) => (text.length > best.length ? text : best), "");
  const content = measure(longest, false) + side;
  if (field.kind === "param") return clamp(header, clamp(content, PARAM_WIDTHS.least, PARAM_WIDTHS.most), WIDEST);
  if (name === "step") return clamp(Math.max(header, content + ARROW_SLOT - PADDING), STEP_WIDTH, WIDEST);
  // As a difference it has a sign, and the best one is strong: a column that is shown so keeps its width.
  const far = numeric ? measure(`+${longest}`, true) + MARK_SLOT + CLOSE_ARROW_SLOT : 0;
  return clamp(Math.max(header, content + ARROW_SLOT - PADDING, far), METRIC_WIDTH, WIDEST);
}

const clamp = (value: number, least: number, most: number): number => Math.ceil(Math.min(most, Math.max(least, value)));

/** Metrics before params, files as they first appeared, and `step` last in its file. Sorting is stable. */
function inOrder(columns: Column[]): Column[] {
  const files = new Map<string, number>();
  for (const column of columns) if (!files.has(fileKey(column))) files.set(fileKey(column), files.size);
  const rank = (column: Column): number[] => [
    column.field.kind === "metric" ? 0 : 1,
    files.get(fileKey(column)) ?? 0,
    column.field.kind === "metric" && column.prefix === "" && column.name === "step" ? 1 : 0,
  ];
  return columns.sort((a, b) => compareRanks(rank(a), rank(b)));
}

function compareRanks(a: number[], b: number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

const fileKey = ({ field: { kind, file } }: Column): string => JSON.stringify([kind, file]);

/** Neighbouring columns of one file. The last part of its name is enough, unless another file ends the same. */
export function fileGroups(columns: readonly Column[]): FileGroup[] {
  const groups = new Map<string, FileGroup>();
  for (const column of columns) {
    const key = fileKey(column);
    const group = groups.get(key);
    if (group) group.columns.push(column);
    else groups.set(key, { key, label: lastParts(column.field.file, 1), columns: [column] });
  }
  const all = [...groups.values()];
  const shared = (label: string) => all.filter((group) => group.label === label).length > 1;
  return all.map((group) => (shared(group.label) ? { ...group, label: longLabel(group) } : group));
}

const longLabel = ({ columns }: FileGroup): string => lastParts(columns[0]?.field.file ?? "", 2);

const lastParts = (file: string, count: number): string => file.split("/").slice(-count).join("/");
