import { describe, expect, it } from "vitest";
import { growColumns } from "../src/columns.ts";
import { byFile, compareSides } from "../src/compare/sides.ts";
import { written } from "../src/compare/tables.ts";
import { experiment } from "./samples.ts";

const runs = [
  experiment("a", { metrics: { m: { loss: 0.125 } }, params: { p: { "lr_%": 1, same: "x|y", cmd: "=1" } } }),
  experiment("b", { metrics: { m: { loss: 0.1 + 0.2 } }, params: { p: { "lr_%": 2, same: "x|y", cmd: "=1" } } }),
];
const columns = growColumns([], runs, (text) => text.length);
const comparison = compareSides(runs, columns);
const as = (form: "markdown" | "latex" | "csv") => written(form, ["a", "b"], comparison).split(/\r?\n/);

describe("a comparison as text", () => {
  it("in Markdown", () => {
    expect(as("markdown").slice(0, 3)).toEqual([
      "|  | a | b |",
      "| --- | ---: | ---: |",
      "| loss | 0.125 | 0.30000000000000004 |",
    ]);
    expect(as("markdown")).toContain("| same | x\\|y | x\\|y |");
  });

  it("in LaTeX", () => {
    expect(as("latex")).toContain("lr\\_\\% & 1 & 2 \\\\");
    expect(as("latex")[0]).toBe("\\begin{tabular}{lrr}");
  });

  it("in CSV, with nothing that a spreadsheet would run", () => {
    expect(as("csv")).toContain("cmd,'=1,'=1");
  });
});

describe("a comparison by file", () => {
  it("holds every line once, in the order of the table", () => {
    const files = byFile(comparison, columns);
    expect(files.map(({ label, lines }) => [label, lines.map(({ column }) => column.name)])).toEqual([
      ["m", ["loss"]],
      ["p", ["lr_%", "same", "cmd"]],
    ]);
  });
});
