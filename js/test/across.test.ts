import { describe, expect, it } from "vitest";
import { axisOf, type Dimension, dimensionsOf, nowhere, shadeOf, valueAt } from "../src/across/axis.ts";
import { brushed, inside, keyed, within } from "../src/across/brush.ts";
import { growColumns } from "../src/columns.ts";
import type { Experiment, Value } from "../src/contract.ts";
import { select, selectOnly } from "../src/palette.ts";
import { experiment } from "./samples.ts";

const measure = (text: string) => text.length * 6;

function axis(values: (Value | undefined)[]) {
  const all = values.map((value, at) =>
    experiment(String(at), value === undefined ? {} : { params: { "p.yaml": { x: value } } }),
  );
  const [dimension] = dimensionsOf(growColumns([], all, measure));
  return axisOf(dimension as Dimension, all);
}

describe("an axis", () => {
  it("is linear, and logarithmic where values span decades", () => {
    const linear = axis([0, 5, 10]);
    const [low = 0, middle = 0, high = 0] = linear.places as number[];
    expect([linear.scale, low >= 0, high <= 1]).toEqual(["linear", true, true]);
    expect(middle - low).toBeCloseTo(high - middle);
    const log = axis([1e-5, 1e-3, 1e-1]);
    expect(log.scale).toBe("log");
    expect(log.places[1]).toBeCloseTo(0.5);
    expect(axis([1e-5, 0, 1e-1]).scale).toBe("linear");
  });

  it("has names in their order where one of its values is no number", () => {
    const names = axis(["sgd", "adam", true, 2, "sgd"]);
    expect(names.scale).toBe("names");
    expect(names.ticks.map(({ text }) => text)).toEqual(["2", "adam", "sgd", "true"]);
    expect(names.places[0]).toBe(names.places[4]);
  });

  it("says how many stand nowhere in as many letters as there is room", () => {
    expect([nowhere(100, 0, 14), nowhere(100, 1, 20), nowhere(100, 1, 14), nowhere(0, 3, 4)]).toEqual([
      "– ×100",
      "– ×100 NaN, ∞ ×1",
      "×101",
      "×3",
    ]);
  });

  it("gives what is missing or not finite no place, and counts it", () => {
    const some = axis([1, undefined, "nan", null, "inf", 2]);
    expect(some.scale).toBe("linear");
    expect(some.places.map((place) => place === null)).toEqual([false, true, true, true, true, false]);
    expect([some.missing, some.odd]).toEqual([2, 2]);
    expect(some.texts).toEqual(["1", "missing", "nan", "missing", "inf", "2"]);
  });

  it("joins a name that stands in several files", () => {
    const here: Experiment = experiment("a", { params: { "a.yaml": { lr: 1 } } });
    const there = experiment("b", { params: { "b.yaml": { lr: 2 } } });
    const [lr, ...others] = dimensionsOf(growColumns([], [here, there], measure));
    expect(others).toEqual([]);
    expect([here, there].map((one) => valueAt(lr as Dimension, one))).toEqual([1, 2]);
  });

  it("has a shade for each place, and none for what has none", () => {
    expect([0, 0.5, 1, null].map(shadeOf)).toEqual([0, 3, 6, null]);
  });
});

describe("brushing", () => {
  it("keeps those that lie within every stretch", () => {
    const one = { ...axis([1, 2]), places: [0, 0.3, 0.6, 1, null] };
    const two = { ...one, places: [1, 0.7, 0.4, 0, 1], dimension: { ...one.dimension, key: "two" } };
    const brushes = brushed(brushed(new Map(), one.dimension.key, [0.9, 0.3]), "two", [0.2, 0.5]);
    expect(within([one, two], brushes, 5)).toEqual([2]);
    expect(within([one, two], brushed(brushes, "two", null), 5)).toEqual([1, 2]);
    expect(within([one, two], new Map(), 2)).toEqual([0, 1]);
  });

  it("works with keys alone", () => {
    expect(keyed("ArrowUp", false, undefined)).toEqual([0.75, 1]);
    expect(keyed("ArrowDown", false, [0.75, 1])).toEqual([0.7, 0.95]);
    expect(keyed("ArrowUp", false, [0.75, 1])).toEqual([0.75, 1]);
    expect(keyed("ArrowDown", true, [0.2, 0.5])?.[1]).toBeCloseTo(0.45);
    expect(keyed("Delete", false, [0.2, 0.5])).toBeNull();
    expect(keyed("x", false, undefined)).toBeUndefined();
  });

  it("by a loop takes what lies in it", () => {
    const square = [
      [0, 0],
      [4, 0],
      [4, 4],
      [0, 4],
    ] as const;
    expect([inside([2, 2], square), inside([5, 2], square), inside([2, -1], square)]).toEqual([true, false, false]);
  });

  it("selects exactly those, and leaves their colours to who had one", () => {
    const before = ["a", "b", "c"].reduce(select, new Map());
    expect([...selectOnly(before, ["x", "b", "y"])].sort()).toEqual([
      ["b", 1],
      ["x", 0],
      ["y", 2],
    ]);
  });
});
