import { describe, expect, it } from "vitest";
import type { Odd, Series, Value } from "../src/contract.ts";
import { chartsOf } from "../src/plots/charts.ts";
import { alone, lineOf, markText, nearestTo, stepsText } from "../src/plots/lines.ts";
import { isolate, mute, usual } from "../src/plots/options.ts";
import { grown } from "../src/plots/tail.ts";
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
const axes = (y: "linear" | "log") => ({ x: "step", y }) as const;
const line = (value: Value[], y: "linear" | "log" = "linear", total?: number) =>
  lineOf(series(value, total), experiment("a"), 0, axes(y), NOW);

describe("a line", () => {
  it("breaks where a point has no place, and marks each kind", () => {
    const { y, marks } = line([1, "nan", "inf", 2]);
    expect(y).toEqual([1, null, null, 2]);
    expect(marks.map(({ kind, x }) => [kind, x])).toEqual([
      ["nan", [10]],
      ["inf", [20]],
    ]);
    expect(marks.map(markText)).toEqual(["NaN", "∞"]);
    expect(line([1, 2]).marks).toEqual([]);
  });

  it("counts what was left out too, and names the first steps", () => {
    const odd = { nan: { count: 900, steps: [10, 11, 12, 13, 14, 15] } };
    const { marks } = lineOf({ ...series([1, "nan"], 5000), odd }, experiment("a"), 0, axes("linear"), NOW);
    expect(marks.map(markText)).toEqual(["NaN ×900"]);
    expect(marks.map(stepsText)).toEqual(["steps 10, 11, 12, 13 and 896 more"]);
  });

  it("marks what a logarithmic axis cannot show", () => {
    const { y, marks } = line([1, 0, -2, 3], "log");
    expect(y).toEqual([1, null, null, 3]);
    expect(marks.map(markText)).toEqual(["≤ 0 ×2"]);
    expect(line([1, 0]).marks).toEqual([]);
  });

  it("shows points between two gaps as dots", () => {
    expect(alone(line(["nan", 5, "nan", 6, 7, "nan", 8]))).toEqual({ x: [10, 60], y: [5, 8] });
    expect(alone(line([5]))).toEqual({ x: [0], y: [5] });
  });

  it("has its smoothed curve beside what was logged", () => {
    const smooth = { step: [0, 10], value: [1, 1.5] };
    const { y, soft } = lineOf({ ...series([1, 2]), smooth }, experiment("a"), 0, axes("linear"), NOW);
    expect(y).toEqual([1, 2]);
    expect(soft).toEqual({ x: [0, 10], y: [1, 1.5] });
  });

  it("stands where the server put it on another axis", () => {
    const { columns, ...rest } = series([1, 2]);
    const relative = lineOf({ ...rest, columns: { ...columns, x: [0.5, 7] } }, experiment("a"), 0, axes("linear"), NOW);
    expect(relative.x).toEqual([0.5, 7]);
  });

  it("is read at its nearest point, and nowhere beyond its ends", () => {
    expect(nearestTo(line([5, 6, 7]), 14)).toBe(1);
    expect(nearestTo(line([5, 6, 7]), 16)).toBe(2);
    expect(nearestTo(line([5, 6, 7]), 21)).toBeNull();
  });
});

describe("a tail", () => {
  const answer = (seq: number, series: Series[], since?: number) => ({
    metric: "loss",
    seq,
    series,
    ...(since && { since }),
  });
  const part = (step: number[], value: Value[], total: number, odd?: Odd): Series => ({
    experiment: "a",
    path: "p",
    total,
    columns: { step, value },
    ...(odd && { odd }),
  });

  it("goes to the end, or where late points belong, after those that came first", () => {
    const held = answer(3, [part([0, 1, 4], [10, 11, 14], 3)]);
    const after = grown(held, answer(5, [part([5], [15], 4)], 3), 100);
    expect(after?.series[0]?.columns).toEqual({ step: [0, 1, 4, 5], value: [10, 11, 14, 15] });
    const late = grown(held, answer(5, [part([1, 2], ["nan", 12], 5, { nan: { count: 1, steps: [1] } })], 3), 100);
    expect(late?.series[0]?.columns).toEqual({ step: [0, 1, 1, 2, 4], value: [10, 11, "nan", 12, 14] });
    expect(late?.series[0]?.odd).toEqual({ nan: { count: 1, steps: [1] } });
    expect(late?.seq).toBe(5);
  });

  it("is refused where something would be missing, or too much", () => {
    const held = answer(3, [part([0, 1], [1, 2], 2)]);
    expect(grown(held, answer(5, [part([7], [1], 9)], 3), 100)).toBeNull();
    expect(grown(held, answer(5, [], 3), 100)).toBeNull();
    expect(grown(held, answer(5, [part([2], [3], 3)], 3), 2)).toBeNull();
    const soft = (at: number, total: number) => ({ ...part([at], [1], total), smooth: { step: [at], value: [1] } });
    expect(grown(answer(3, [soft(0, 1)]), answer(5, [part([1], [2], 2)], 3), 100)).toBeNull();
    expect(grown(answer(3, [part([0], [1], 1)]), answer(5, [soft(1, 2)], 3), 100)).toBeNull();
  });

  it("goes on with the smoothed line too", () => {
    const soft = (at: number, total: number) => ({
      ...part([at], [at * 10], total),
      smooth: { step: [at], value: [at * 5] },
    });
    const both = grown(answer(3, [soft(0, 1)]), answer(5, [soft(1, 2)], 3), 100);
    expect(both?.series[0]).toMatchObject({
      columns: { step: [0, 1], value: [0, 10] },
      smooth: { step: [0, 1], value: [0, 5] },
    });
  });

  it("goes to what was left out of before, until the line is too long", () => {
    const held = answer(3, [part([0, 40, 90], [1, 2, 3], 91)]);
    const after = grown(held, answer(5, [part([91], [7], 92)], 3), 4);
    expect(after?.series[0]).toMatchObject({ total: 92, columns: { step: [0, 40, 90, 91], value: [1, 2, 3, 7] } });
    expect(after && grown(after, answer(6, [part([92], [7], 93)], 5), 4)?.series[0]?.columns.step).toHaveLength(5);
    expect(after && grown(after, answer(6, [part([92, 93], [7, 7], 94)], 5), 4)).toBeNull();
    // A tail that was itself reduced has not all of what came.
    expect(grown(held, answer(5, [part([95], [7], 99)], 3), 100)).toBeNull();
  });
});

describe("options", () => {
  it("isolate one line, and bring all back", () => {
    const one = isolate({ ...usual, muted: ["elsewhere"] }, ["b"], ["a", "b", "c"]);
    expect(one.muted).toEqual(["elsewhere", "a", "c"]);
    expect(isolate(one, ["b"], ["a", "b", "c"]).muted).toEqual(["elsewhere"]);
    expect(mute(one, ["a"]).muted).toEqual(["elsewhere", "c"]);
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
  it("that would look alike, or be too long, tell what they add to", () => {
    expect(linearTicks([0.99991, 0.99995], 4)).toMatchObject({
      texts: ["+1e−5", "+2e−5", "+3e−5", "+4e−5", "+5e−5"],
      base: "0.9999",
    });
    expect(linearTicks([1200.05, 1201], 5)).toMatchObject({
      texts: ["+0.2", "+0.4", "+0.6", "+0.8", "+1.0"],
      base: "1,200",
    });
    expect(linearTicks([1_796_000_010, 1_796_000_300], 4)).toMatchObject({
      texts: ["+100", "+200", "+300"],
      base: "1,796,000,000",
    });
    expect(linearTicks([-1200.95, -1200.35], 3)).toMatchObject({ texts: ["+0.2", "+0.4", "+0.6"], base: "−1,201" });
  });

  it("tell apart whatever stands side by side", () => {
    for (const low of [1e-9, 3e-5, 0.5, 0.999, 12, 1e4, 123_456, 9.9e8, -7e6, -0.02]) {
      for (const spread of [1e-7, 1e-3, 0.05, 1, 30]) {
        const { texts, values } = linearTicks([low, low + Math.abs(low) * spread], 5);
        expect(new Set(texts).size, `${low} ${spread}: ${texts}`).toBe(values.length);
      }
    }
  });

  it("are few and round", () => {
    // A chart of one point.
    expect(linearTicks([2949.5, 2950.5], 1).texts).toEqual(["2,950"]);
    expect(linearTicks([0, 5000], 5).texts).toEqual(["0", "1k", "2k", "3k", "4k", "5k"]);
    expect(linearTicks([0.28, 0.41], 5).texts).toEqual(["0.30", "0.35", "0.40"]);
    expect(linearTicks([-0.0005, 0.0001], 3).texts).toEqual(["−4e−4", "−2e−4", "0"]);
    expect(linearTicks([-5e5, 5e5], 4).base).toBeUndefined();
    expect(logTicks([0.2, 3], 5).texts).toEqual(["0.2", "0.5", "1", "2"]);
  });
});
