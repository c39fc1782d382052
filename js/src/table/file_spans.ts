// Where the names of the files stand above the columns: one for every run of neighbours.

import { type Column, fileGroups } from "../columns.ts";

export interface FileSpan {
  key: string;
  label: string;
  file: string;
  left: number;
  width: number;
}

export function fileSpans(columns: readonly Column[]): FileSpan[] {
  const labels = new Map(fileGroups(columns).flatMap(({ label, columns: those }) => those.map((one) => [one, label])));
  const spans: FileSpan[] = [];
  let left = 0;
  let before: Column | undefined;
  for (const column of columns) {
    const { kind, file, key } = column.field;
    const last = spans.at(-1);
    if (last && before?.field.kind === kind && before.field.file === file) last.width += column.width;
    else spans.push({ key, label: labels.get(column) ?? file, file, left, width: column.width });
    left += column.width;
    before = column;
  }
  return spans;
}
