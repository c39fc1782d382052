import { describe, expect, it } from "vitest";
import { fieldsOf } from "../src/flat.ts";
import { bestsOf, branchesOf, trendsOf, trendText } from "../src/trends/trend.ts";
import { commit, experiment, project, SHA } from "./samples.ts";

const held = (acc: number) => ({ metrics: { "metrics.json": { val: { acc }, step: 9 } } });
const commits = [
  commit(SHA, { order: 0, ...held(0.9) }),
  commit("b".repeat(40), { order: 1 }),
  commit("c".repeat(40), { order: 2, ...held(0.8) }),
];
const run = (id: string, more = {}) =>
  experiment(id, { metrics: { "metrics.json": { val: { acc: 0.93 }, lr: "nan" } }, ...more });
const trends = (runs = [run("a"), run("b", { baseline_sha: "d".repeat(40) })]) =>
  trendsOf(commits, runs, project("p"), new Map([["a", 2]]));

describe("trends", () => {
  it("go from the oldest commit to the newest, and leave out what holds nothing", () => {
    expect(trends().map(({ metric, rings }) => [metric, rings])).toEqual([
      [
        "val/acc",
        [
          { x: 0, y: 0.8 },
          { x: 2, y: 0.9 },
        ],
      ],
    ]);
  });

  it("have running experiments at their own commit, in their colour", () => {
    expect(trends()[0]?.dots).toEqual([{ x: 2, y: 0.93, name: "run-a", slot: 2 }]);
    expect(trends([run("z")])[0]?.dots[0]?.slot).toBeNull();
  });

  it("go through the best experiment of each commit, where somebody said what is better", () => {
    const at = (id: string, acc: number | string, more = {}) =>
      experiment(id, { metrics: { "metrics.json": { val: { acc }, loss: 1 } }, status: "completed", ...more });
    const old = { baseline_sha: "c".repeat(40) };
    const runs = [
      at("a", 0.7),
      at("b", 0.95, { status: "running" }),
      at("c", 0.9),
      at("d", 0.5, old),
      at("e", "nan", old),
    ];
    const key = [...fieldsOf(at("a", 0))].find(([{ path }]) => path === "val/acc")?.[0].key ?? "";
    const best = (goal: "higher" | "lower") => bestsOf(commits, runs, { [key]: goal }, new Map());
    expect(best("higher").map(({ metric, rings }) => [metric, ...rings.map(({ x, y }) => `${x}: ${y}`)])).toEqual([
      ["val/acc", "0: 0.5", "2: 0.95"],
    ]);
    expect(best("lower")[0]?.rings.at(-1)?.y).toBe(0.7);
    expect(best("higher")[0]?.dots.map(({ name }) => name)).toEqual(["run-b"]);
    expect(bestsOf(commits, runs, {}, new Map())).toEqual([]);
  });

  it("are said in a sentence", () => {
    const [first] = trends();
    expect(first && trendText(first)).toBe("val/acc over 3 commits, 0.9 at 7f3e9a1, 1 running");
    expect(branchesOf([...commits, commit("e", { branch: "next" })])).toEqual(["main", "next"]);
  });
});
