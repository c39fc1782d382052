import { describe, expect, it } from "vitest";
import cases from "../../tests/fixtures/repeats.json";
import type { Experiment } from "../src/contract.ts";
import { bandTraces, captionOf, lineOfGroup } from "../src/plots/band.ts";
import { folded, isOpen, REPEATS } from "../src/repeats/fold.ts";
import { repeatsOf, slotOf, variedParams } from "../src/repeats/repeats.ts";
import { spreadOf, spreadText, student } from "../src/repeats/spread.ts";
import { idsOfRow, type Row } from "../src/sections.ts";
import type { Palette } from "../src/theme.ts";
import { experiment } from "./samples.ts";

describe("runs that repeat each other", () => {
  for (const { rule, over, runs, groups } of cases) {
    it(rule, () => {
      const experiments = runs.map(({ id, ...more }) => experiment(id, more as Partial<Experiment>));
      const found = repeatsOf(experiments, over);
      expect(found.map(({ name, ids }) => [name, ...ids])).toEqual(groups);
      // What is the same stays the same object, so that nothing is drawn again for it.
      expect(repeatsOf([...experiments], over, found)).toBe(over.length > 0 ? found : repeatsOf([], []));
    });
  }

  it("are not told from each other by parameters that were cut for the table", () => {
    const cut = { params: { "p.yaml": { text: "long…" } }, cut: [["params", "p.yaml", "text"]] };
    expect(repeatsOf([experiment("1", cut), experiment("2", cut)], ["seed"])).toEqual([]);
  });

  it("have the first colour any of them has", () => {
    const [group] = repeatsOf([experiment("1"), experiment("2")], ["seed"]);
    expect(group && slotOf(group, new Map([["2", 4]]))).toBe(4);
    expect(group && slotOf(group, new Map())).toBeUndefined();
  });

  it("offer the parameters that tell experiments apart, seeds first", () => {
    const with_ = (params: Experiment["params"]) => experiment(JSON.stringify(params), { params });
    const all = [with_({ p: { lr: 1, same: 2, seed: 0 } }), with_({ p: { lr: 2, same: 2, seed: 0, late: 1 } })];
    expect(variedParams(all)).toEqual(["late", "lr"]);
    expect(variedParams([...all, with_({ p: { lr: 1, same: 2, seed: 1 } })])).toEqual(["seed", "late", "lr"]);
  });
});

describe("the spread of a few numbers", () => {
  const precision = { integer: false, decimals: 4 };
  it("is a mean with its sample deviation, interval or range, without what is not finite", () => {
    const values = [0.92, 0.925, 0.9198, Number.NaN];
    const std = spreadOf(values, "std");
    expect(std && [std.mean.toFixed(4), spreadText(std, "std", precision), std.n]).toEqual(["0.9216", "± 0.0029", 3]);
    const ci = spreadOf(values, "ci");
    expect(ci && (ci.high - ci.mean) / ((std?.high ?? 0) - (std?.mean ?? 0))).toBeCloseTo(student(2) / Math.sqrt(3));
    const range = spreadOf(values, "range");
    expect(range && spreadText(range, "range", precision)).toBe("0.9198 to 0.9250");
    expect(spreadOf([Number.POSITIVE_INFINITY], "std")).toBeNull();
  });

  it("is none of one number, and nothing of equal ones", () => {
    const one = spreadOf([0.1], "std");
    expect(one && spreadText(one, "std", precision)).toBe("");
    expect(spreadOf([0.1, 0.1, 0.1], "std")).toEqual({ mean: 0.1, low: 0.1, high: 0.1, n: 3 });
  });

  it("knows Student's t", () => {
    expect([1, 2, 20, 21, 30, 100].map((freedom) => Number(student(freedom).toFixed(4)))).toEqual([
      12.7062, 4.3026, 2.086, 2.0796, 2.0423, 1.984,
    ]);
  });
});

describe("the table", () => {
  const run = (id: string, rail: "none" | "leaf" | "end" = "leaf"): Row => ({
    kind: "experiment",
    key: `run ${id}`,
    id,
    rail,
  });
  const group = { key: "g", name: "cos", ids: ["2", "4"] };
  const rails = (rows: readonly Row[]) =>
    rows.map((row) => `${idsOfRow(row).join("+")} ${"rail" in row ? row.rail : ""}`);

  it("shows a group once, where its first run stands, and its runs beneath it when it is open", () => {
    const rows = [run("1"), run("2"), run("3"), run("4", "end")];
    expect(rails(folded(rows, [group], new Set()))).toEqual(["1 leaf", "2+4 leaf", "3 end"]);
    const open = new Set([`${REPEATS}g`]);
    expect(rails(folded(rows, [group], open))).toEqual(["1 leaf", "2+4 leaf", "2 leaf", "4 leaf", "3 end"]);
    expect(isOpen(`${REPEATS}g`, open)).toBe(true);
    expect(isOpen("branch main", open)).toBe(true);
  });

  it("shows a run by itself where a filter has left nobody else of its group", () => {
    expect(rails(folded([run("1"), run("2")], [group], new Set()))).toEqual(["1 leaf", "2 leaf"]);
  });
});

describe("the chart of a group", () => {
  const palette: Palette = {
    text: "t",
    grid: "g",
    ground: "w",
    accent: "blue",
    font: "f",
    hues: ["rgb(1, 2, 3)"],
    dashed: false,
  };
  const repeats = { key: "k", name: "cos", ids: ["1", "2"] };
  const columns = {
    step: [0, 1, 2, 3, 4],
    value: [1, 2, "nan", 4, 5],
    low: [0.5, -1, "nan", 3, "nan"],
    high: [1.5, 5, "nan", 5, "nan"],
    n: [2, 2, 0, 2, 1],
  };
  const line = (y: "linear" | "log") =>
    lineOfGroup({ experiments: ["1", "2"], total: 8, columns }, repeats, 0, { x: "step", y }, "none");

  it("is a line that breaks where nobody counts, in a band of 16 % where two do", () => {
    const { y, n } = line("linear");
    expect(y).toEqual([1, 2, null, 4, 5]);
    expect(n).toEqual([2, 2, 0, 2, 1]);
    const [band] = bandTraces(line("linear"), 0, palette, -9) as [Record<string, unknown>];
    expect(band.fillcolor).toBe("rgba(1, 2, 3, 0.16)");
    expect(band.x).toEqual([0, 1, 1, 0, null, 3, 3, null]);
    expect(band.y).toEqual([1.5, 5, -1, 0.5, null, 5, 3, null]);
  });

  it("ends its band at the edge of a log axis where that has no place for it", () => {
    const [band] = bandTraces(line("log"), 0, palette, 0.1) as [Record<string, unknown>];
    expect(band.y).toEqual([1.5, 5, 0.1, 0.5, null, 5, 3, null]);
  });

  it("says over what, and of how many", () => {
    const spec = { metric: "m", signature: "", experiments: ["1", "2", "3"].map((id) => experiment(id)) };
    const together = { repeats: [repeats, { ...repeats, ids: ["3", "9"] }], over: ["seed"], band: "std" } as const;
    expect(captionOf(spec, together)).toEqual({ what: "mean ± std over seed", n: "n = 1 to 2" });
    expect(captionOf(spec, { ...together, repeats: [] })).toBeNull();
  });
});
