// A comparison as text for a paper, a pull request or a spreadsheet. Numbers in full: what is rounded cannot be got back.

import type { Value } from "../contract.ts";
import { quoted } from "../csv_text.ts";
import { formatParam } from "../format.ts";
import type { Comparison } from "./sides.ts";

export type Form = "markdown" | "latex" | "csv";

export function written(form: Form, names: readonly string[], { results, different, same }: Comparison): string {
  const head = ["", ...names];
  const rows = [...results, ...different, ...same].map(({ column, beside, values }) => [
    [beside, column.prefix + column.name].filter(Boolean).join(":"),
    ...values.map(plainText),
  ]);
  return FORMS[form]([head, ...rows]);
}

const plainText = (value: Value | undefined): string => (value === undefined ? "" : formatParam(value));

const FORMS: Record<Form, (rows: string[][]) => string> = {
  markdown: ([head = [], ...rows]) => {
    const line = (cells: string[]) =>
      `| ${cells.map((cell) => cell.replace(/[|\\]/g, "\\$&").replace(/\s+/g, " ")).join(" | ")} |`;
    const rule = `|${head.map((_, index) => (index === 0 ? " --- " : " ---: ")).join("|")}|`;
    return [line(head), rule, ...rows.map(line), ""].join("\n");
  },
  latex: ([head = [], ...rows]) => {
    const line = (cells: string[]) => `${cells.map(escaped).join(" & ")} \\\\`;
    const begin = `\\begin{tabular}{l${"r".repeat(Math.max(0, head.length - 1))}}`;
    return [begin, "\\hline", line(head), "\\hline", ...rows.map(line), "\\hline", "\\end{tabular}", ""].join("\n");
  },
  csv: (rows) => rows.map((row) => `${row.map(quoted).join(",")}\r\n`).join(""),
};

const LATEX: Record<string, string> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};

const escaped = (text: string): string =>
  text.replace(/[\\~^&%$#_{}]/g, (sign) => LATEX[sign] ?? `\\${sign}`).replace(/\s+/g, " ");
