import { describe, expect, it } from "vitest";
import type { Series, Value } from "../src/contract.ts";
import { chartsOf } from "../src/plots/charts.ts";
import { lineOf, valueAt } from "../src/plots/lines.ts";
import { linearTicks, logTicks } from "../src/plots/ticks.ts";
import { experiment, NOW } from "./samples.ts";

const series = (value: Value[], total = value.length): Series => ({
  experiment: "a",
  path: "plots/metrics/loss.tsv",
  total,
  columns: {
    step: value.map((_, index) => index * 10),
    value,
    time: value.map((_, index) => NOW - 600_000 + index * 1000),
  },
});
const line = (value: Value[], y: "linear" | "log" = "linear", total?: number) =>
  lineOf(series(value, total), experiment("a"), 0, { x: "step", y }, NOW);

describe("a line", () => {
  it("breaks at NaN and infinities and counts them where the first one is", () => {
    const { y, broken } = line([1, "nan", "inf", 2]);
    expect(y).toEqual([1, null, null, 2]);
    expect(broken).toEqual({ x: 10, text: "NaN, ∞ ×2" });
    expect(line([1, 2]).broken).toBeNull();
  });

  it("says no count when some points were left out", () => {
    expect(line([1, "nan"], "linear", 500).broken?.text).toBe("NaN");
  });

  it("marks what a logarithmic axis cannot show", () => {
    const { y, below } = line([1, 0, -2, 3], "log");
    expect(y).toEqual([1, null, null, 3]);
    expect(below).toEqual({ x: 10, text: "≤ 0 ×2" });
    expect(line([1, 0]).below).toBeNull();
  });

  it("runs over seconds since the start where that is asked", () => {
    const relative = lineOf(series([1, 2]), experiment("a"), 0, { x: "relative", y: "linear" }, NOW);
    expect(relative.x).toEqual([0, 1]);
  });

  it("is read at its nearest point, and nowhere beyond its ends", () => {
    expect(valueAt(line([5, 6, 7]), 14)).toEqual({ x: 10, y: 6 });
    expect(valueAt(line([5, 6, 7]), 16)).toEqual({ x: 20, y: 7 });
    expect(valueAt(line([5, 6, 7]), 21)).toBeNull();
  });
});

describe("charts", () => {
  const head = (count: number) => ({ count, last_step: count });
  const one = experiment("a", {
    series: { "x/plots/metrics/train/loss.tsv": head(3), "y/plots/metrics/acc.tsv": head(1) },
  });
  const two = experiment("b", { series: { "z/plots/metrics/train/loss.tsv": head(2), raw: head(0) } });

  it("join experiments by metric name, whatever folder they log to", () => {
    expect(chartsOf([one, two]).map(({ metric, experiments }) => [metric, experiments.length])).toEqual([
      ["train/loss", 2],
      ["acc", 1],
    ]);
  });

  it("have another signature exactly when there is something to fetch", () => {
    const same = { ...one, metrics: { m: { loss: 2 } } };
    const grown = { ...one, series: { ...one.series, "x/plots/metrics/train/loss.tsv": head(4) } };
    const signature = (experiment: typeof one) => chartsOf([experiment])[0]?.signature;
    expect(signature(same)).toBe(signature(one));
    expect(signature(grown)).not.toBe(signature(one));
  });
});

describe("ticks", () => {
  it("are few and round", () => {
    expect(linearTicks([0, 5000], 5).texts).toEqual(["0", "1k", "2k", "3k", "4k", "5k"]);
    expect(linearTicks([0.28, 0.41], 5).texts).toEqual(["0.30", "0.35", "0.40"]);
    expect(logTicks([0.2, 3], 5).texts).toEqual(["0.2", "0.5", "1", "2"]);
  });
});
