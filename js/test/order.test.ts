import { describe, expect, it } from "vitest";
import { usual } from "../src/plots/options.ts";
import { type Entry, entriesOf, groupsOf, moved, needsHeads, PINNED } from "../src/plots/order.ts";

const charts = (...metrics: string[]): Entry[] =>
  entriesOf(
    metrics.map((metric) => ({ metric, experiments: [], signature: "" })),
    [],
  );
const all = charts("train/loss", "val/acc", "train/lr", "epoch");
const shape = (options = {}) =>
  groupsOf(all, { ...usual, ...options }).map(({ key, charts }) => [key, charts.map(({ name }) => name)]);

describe("charts", () => {
  it("stand by the prefix of their names", () => {
    expect(shape()).toEqual([
      ["train/", ["train/loss", "train/lr"]],
      ["val/", ["val/acc"]],
      ["", ["epoch"]],
    ]);
  });

  it("are found by a part of their names, also in a folded group", () => {
    expect(shape({ find: " LOSS " })).toEqual([["train/", ["train/loss"]]]);
    expect(groupsOf(all, { ...usual, closed: ["train/"], find: "l" })[0]?.closed).toBe(false);
    expect(groupsOf(all, { ...usual, closed: ["train/"] })[0]?.closed).toBe(true);
  });

  it("stand on top where somebody pinned them, and leave their own group", () => {
    expect(shape({ pinned: ["epoch"] })[0]).toEqual([PINNED, ["epoch"]]);
    expect(shape({ pinned: ["epoch"] })).toHaveLength(3);
  });

  it("keep the order somebody made; new ones follow", () => {
    expect(shape({ order: ["epoch", "train/lr"] })).toEqual([
      ["", ["epoch"]],
      ["train/", ["train/lr", "train/loss"]],
      ["val/", ["val/acc"]],
    ]);
  });

  it("have headings only where there are many, or one is folded or pinned", () => {
    expect(needsHeads(groupsOf(all, usual))).toBe(false);
    expect(needsHeads(groupsOf(all, { ...usual, closed: ["val/"] }))).toBe(true);
    expect(needsHeads(groupsOf(all, { ...usual, pinned: ["epoch"] }))).toBe(true);
    const many = charts(...Array.from({ length: 9 }, (_, index) => `g${index % 2}/m${index}`));
    expect(needsHeads(groupsOf(many, usual))).toBe(true);
  });

  it("move to where another one stands", () => {
    expect(moved(["a", "b", "c"], "a", "c")).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], "c", "a")).toEqual(["c", "a", "b"]);
    expect(moved(["a", "b"], "a", "gone")).toEqual(["a", "b"]);
  });
});
