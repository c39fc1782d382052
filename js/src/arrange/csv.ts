// The table as it is shown, as a file that spreadsheets open.

import type { Column } from "../columns.ts";
import type { Experiment, Value } from "../contract.ts";
import { quoted } from "../csv_text.ts";
import { fieldsOf } from "../flat.ts";
import { statusView } from "../status.ts";

const HEAD = ["experiment", "status", "detail", "parent commit", "started", "ended", "step"];

/** Rows and columns in the order on screen, numbers in full. Lines end as RFC 4180 wants them. */
export function csv(experiments: readonly Experiment[], columns: readonly Column[], now: number): string {
  const head = [...HEAD, ...columns.map(({ field: { file, path } }) => `${file}:${path}`)];
  const rows = experiments.map((experiment) => {
    const fields = fieldsOf(experiment);
    return [...fixed(experiment, now), ...columns.map(({ field }) => plainText(fields.get(field)))];
  });
  return [head, ...rows].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
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
