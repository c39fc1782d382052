// The table as it is shown, as a file that spreadsheets open.

import type { Baseline } from "../baseline.ts";
import type { Column } from "../columns.ts";
import type { Experiment, Value } from "../contract.ts";
import { quoted } from "../csv_text.ts";
import { fieldsOf } from "../flat.ts";
import { statusView } from "../status.ts";
import { difference } from "./values.ts";

const HEAD = ["experiment", "status", "detail", "parent commit", "started", "ended", "step"];

/** What differences are taken from, and which columns show them. */
export interface Differing {
  baseline: Baseline;
  differs(column: Column): boolean;
}

/**
 * Rows and columns in the order on screen, numbers in full. Where differences are shown, they stand in a column of their
 * own beside the values: a file that held one or the other could not be read without the screen. Lines end as RFC 4180
 * wants them.
 */
export function csv(
  experiments: readonly Experiment[],
  columns: readonly Column[],
  now: number,
  differing: Differing | null = null,
): string {
  const titles = columns.flatMap((column) => {
    const title = `${column.field.file}:${column.field.path}`;
    return differing?.differs(column) ? [title, `${title} from ${differing.baseline.name}`] : [title];
  });
  const base = differing && fieldsOf(differing.baseline);
  const rows = experiments.map((experiment) => {
    const fields = fieldsOf(experiment);
    const cells = columns.flatMap((column) => {
      const value = fields.get(column.field);
      if (!base || !differing.differs(column)) return [plainText(value)];
      return [plainText(value), plainText(difference(value, base.get(column.field)))];
    });
    return [...fixed(experiment, now), ...cells];
  });
  return [[...HEAD, ...titles], ...rows].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

function fixed(experiment: Experiment, now: number): string[] {
  const { name, baseline_sha, started_at, ended_at, step } = experiment;
  const { word, detail } = statusView(experiment, now);
  return [
    name,
    word.toLowerCase(),
    detail,
    baseline_sha,
    started_at,
    ended_at ?? "",
    step === null ? "" : String(step),
  ];
}

function plainText(value: Value | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export const download = (name: string, text: string): void =>
  downloadFile(name, new Blob([text], { type: "text/csv;charset=utf-8" }));

export function downloadFile(name: string, file: Blob): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // Not at once: some browsers begin to read after the click has returned.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
