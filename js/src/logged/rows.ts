// The rows of a logged plot. They come from strangers, so what is no list of flat rows is none.

import type { Value } from "../contract.ts";
import { toNumber } from "../format.ts";

export type Cell = number | string | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

export function rowsOf(body: unknown): Row[] {
  if (!Array.isArray(body)) return [];
  return body.filter((row) => typeof row === "object" && row !== null && !Array.isArray(row)).map(plainRow);
}

const plainRow = (row: object): Row =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value === null || typeof value !== "object"));

/** Every column there is, in the order they first come. */
export const columnsOf = (rows: readonly Row[]): string[] => [...new Set(rows.flatMap(Object.keys))];

export const column = (rows: readonly Row[], name: string): Cell[] => rows.map((row) => cellOf(row, name));

export const cellOf = (row: Row, name: string): Cell => (Object.hasOwn(row, name) ? (row[name] ?? null) : null);

/** The number of a cell that has a place on an axis, else null. */
export function placeable(cell: Value | undefined): number | null {
  const number = toNumber(cell);
  return number !== null && Number.isFinite(number) ? number : null;
}

/** Whether a column is one of numbers; the words for what JSON cannot hold count as some. */
export const isNumeric = (cells: readonly Cell[]): boolean =>
  cells.some((cell) => typeof cell === "number") && cells.every((cell) => cell === null || toNumber(cell) !== null);

export const textOf = (cell: Cell): string => (cell === null ? "" : String(cell));

/** The points of a figure's traces, one row each. */
export function rowsOfFigure(body: unknown): Row[] {
  const data = typeof body === "object" && body !== null && "data" in body ? body.data : null;
  if (!Array.isArray(data)) return [];
  return data.flatMap((trace: { name?: unknown; x?: unknown; y?: unknown; z?: unknown } | null, at): Row[] => {
    const lists = [trace?.x, trace?.y, trace?.z].map((list): unknown[] => (Array.isArray(list) ? list : []));
    const name = typeof trace?.name === "string" ? trace.name : String(at);
    const count = Math.max(...lists.map(({ length }) => length));
    return Array.from({ length: count }, (_, row) => {
      const cells = ["x", "y", "z"].map((axis, list) => [axis, flat(lists[list]?.[row])]);
      return Object.fromEntries([["trace", name], ...cells.filter(([, cell]) => cell !== null)]);
    });
  });
}

const flat = (value: unknown): Cell =>
  value === undefined || value === null ? null : typeof value === "object" ? JSON.stringify(value) : (value as Cell);
