import { describe, expect, it } from "vitest";
import { type Column, fileGroups, growColumns } from "../src/columns.ts";
import type { Value } from "../src/contract.ts";
import { fieldsOf } from "../src/flat.ts";
import { experiment } from "./samples.ts";

const measure = (text: string) => text.length * 7;
const grow = (known: ReturnType<typeof growColumns>, ...experiments: ReturnType<typeof experiment>[]) =>
  growColumns(known, experiments, measure);
const logged = (metrics: Record<string, Value>, params: Record<string, Value> = {}) =>
  experiment("a", { metrics, params });
const titles = (columns: ReturnType<typeof growColumns>) => columns.map(({ prefix, name }) => prefix + name);

describe("flattening", () => {
  it("joins nested names with a slash and keeps lists whole", () => {
    const fields = fieldsOf(
      logged({ "m.json": { train: { loss: 1, deep: { er: 2 } } } }, { "p.yaml": { layers: [1, 2] } }),
    );
    expect([...fields].map(([{ kind, path }, value]) => [kind, path, value])).toEqual([
      ["metric", "train/loss", 1],
      ["metric", "train/deep/er", 2],
      ["param", "layers", [1, 2]],
    ]);
  });

  it("keeps names that are members of every object", () => {
    const hostile = JSON.parse('{"__proto__": {"__proto__": 1, "constructor": 2}}');
    expect([...fieldsOf(logged(hostile))].map(([{ path }]) => path)).toEqual(["__proto__", "constructor"]);
  });
});

describe("columns", () => {
  it("tell a nested name from a flat one of the same path", () => {
    const columns = grow([], logged({ "m.json": { a: { b: 1 }, "a/b": 2, "a.b": 3 } }));
    expect(titles(columns)).toEqual(["a/b", "a/b", "a.b"]);
    expect(new Set(columns.map(({ field }) => field.key)).size).toBe(3);
  });

  it("stand metrics first, step last in its file, params after", () => {
    const columns = grow([], logged({ "m.json": { step: 5, train: { loss: 0.5 } } }, { "p.yaml": { lr: 0.1 } }));
    expect(titles(columns)).toEqual(["train/loss", "step", "lr"]);
  });

  it("keep their place and width when others come", () => {
    const before = grow([], logged({ "m.json": { loss: 0.5 } }));
    const after = grow(before, logged({ "m.json": { loss: 123_456.5, acc: 1 }, "x.json": { f1: 1 } }));
    expect(titles(after)).toEqual(["loss", "acc", "f1"]);
    expect(after[0]).toBe(before[0]);
  });

  it("are the same list when nothing new comes", () => {
    const before = grow([], logged({ "m.json": { loss: 0.5 } }));
    expect(grow(before, logged({ "m.json": { loss: 0.4 } }))).toBe(before);
  });

  it("turn to fractions as soon as one comes, so that 0.97 is never written 1", () => {
    const before = grow([], logged({ "m.json": { acc: 1 } }));
    expect(before[0]?.precision.integer).toBe(true);
    expect(grow(before, logged({ "m.json": { acc: 0.97 } }))[0]?.precision).toEqual({ integer: false, decimals: 4 });
  });

  it("grow for a whole number that would be cut, once for a tenfold of it", () => {
    const steps = (known: readonly Column[], step: number) => grow(known, logged({ "m.json": { step } }));
    const [first] = steps([], 1);
    const small = steps(first ? [first] : [], 99_999);
    expect(small[0]).toBe(first);
    const large = steps(small, 1_000_000);
    expect(large[0]?.width).toBeGreaterThanOrEqual(measure("10,000,000") + 32);
    expect(steps(large, 9_000_000)).toBe(large);
  });

  it("leave the arrow its room beside a difference with its sign", () => {
    const [loss] = grow([], ...[0.5, 0.25, 123.4567].map((value) => logged({ "m.json": { loss: value } })));
    expect(loss?.width).toBeGreaterThanOrEqual(measure("+123.4567") + 32);
  });

  it("have the widths of the design, and more only for a header that would be cut", () => {
    const name = "a_rather_long_metric";
    const columns = grow(
      [],
      logged({ "m.json": { loss: 0.5, step: 5, [name]: 1 } }, { p: { lr: 1, text: "a long text" } }),
    );
    const widths = new Map(columns.map((column) => [column.name, column.width]));
    expect([widths.get("loss"), widths.get("step"), widths.get("lr"), widths.get("text")]).toEqual([86, 74, 58, 76]);
    expect(widths.get(name)).toBeGreaterThanOrEqual(measure(name) + 20);
  });
});

describe("file groups", () => {
  it("are named by the last part of the file, or by two where one is not enough", () => {
    const groups = (...files: string[]) =>
      fileGroups(grow([], logged(Object.fromEntries(files.map((file) => [file, { loss: 1 }]))))).map(
        ({ label }) => label,
      );
    expect(groups("dvclive/metrics.json", "/abs/other.json")).toEqual(["metrics.json", "other.json"]);
    expect(groups("a/metrics.json", "b/metrics.json")).toEqual(["a/metrics.json", "b/metrics.json"]);
  });
});
