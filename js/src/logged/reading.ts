// What a pointer reads off a logged plot: cells as the table writes them.

import { formatNumber, precisionOf } from "../format.ts";
import type { Layer, Reading } from "./drawn.ts";
import { type Cell, type Row, textOf } from "./rows.ts";

const LINES_MOST = 8;

/** A row as it was logged, with the columns that are on no axis. */
export function readingOf(layer: Layer, row: Row | undefined): Reading | null {
  if (!row) return null;
  const lines = Object.entries(row).slice(0, LINES_MOST);
  return { ...layer, lines: lines.map(([label, cell]) => ({ label, text: shown(cell) })) };
}

export function shown(cell: Cell): string {
  if (typeof cell !== "number") return cell === null ? "–" : textOf(cell);
  return formatNumber(cell, precisionOf([cell]));
}
