import { describe, expect, it } from "vitest";
import type { Value } from "../src/contract.ts";
import { fieldsOf } from "../src/flat.ts";
import { Learning } from "../src/learning.ts";
import { experiment } from "./samples.ts";

const measure = (text: string) => text.length * 7;
const wide = (id: string, columns: number, metric: string) => {
  const numbers: Record<string, Value> = { [metric]: 1 };
  for (let at = 1; at < columns; at += 1) numbers[`m${at}`] = at;
  return experiment(id, { metrics: { "m.json": numbers }, params: {} });
};

describe("learning columns", () => {
  it("looks at a part of what is wide, the newest first, and goes on to the end", () => {
    const learning = new Learning(measure);
    const rows = [wide("old", 3000, "only-old"), wide("mid", 3000, "only-mid"), wide("new", 3000, "only-new")];
    const names = () => learning.columns.map(({ name }) => name).filter((name) => name.startsWith("only"));
    learning.of(null, rows, [], 0);
    expect(names()).toEqual(["only-new", "only-mid"]);
    expect(learning.unfinished).toBe(true);
    while (learning.unfinished) learning.goOn();
    expect(names()).toContain("only-old");
  });

  it("of rows it knows does nothing", () => {
    const learning = new Learning(measure);
    const rows = [wide("a", 3, "x")];
    const before = learning.of(null, rows, [], 0);
    expect(learning.of(null, [...rows], [], 1)).toBe(before);
    expect(learning.unfinished).toBe(false);
  });
});

describe("the value of a field", () => {
  it("is found by the names on its way, whether they hold slashes or not", () => {
    const nested = experiment("a", { metrics: { "m.json": { train: { loss: 1 } } }, params: {} });
    const flat = experiment("b", { metrics: { "m.json": { "train/loss": 2 } }, params: {} });
    for (const [one, value] of [
      [nested, 1],
      [flat, 2],
    ] as const) {
      const [[field]] = [...fieldsOf(one)] as [[Parameters<ReturnType<typeof fieldsOf>["get"]>[0], Value]];
      expect(fieldsOf(one).get(field)).toBe(value);
    }
  });

  it("is nothing where a name is only a member of every object", () => {
    const hostile = experiment("a", { metrics: JSON.parse('{"m.json": {"constructor": 1}}'), params: {} });
    const [[field]] = [...fieldsOf(hostile)] as [[Parameters<ReturnType<typeof fieldsOf>["get"]>[0], Value]];
    const bare = experiment("b", { metrics: { "m.json": {} }, params: {} });
    expect(fieldsOf(hostile).get(field)).toBe(1);
    expect(fieldsOf(bare).get(field)).toBeUndefined();
  });
});
