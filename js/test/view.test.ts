import { describe, expect, it } from "vitest";
import type { Experiment } from "../src/contract.ts";
import { usual } from "../src/plots/options.ts";
import { emptyState } from "../src/state.ts";
import { adopt, discarded, follow, isChanged, keptOf, newView, paneOf, type View } from "../src/view.ts";
import { at, experiment, project, stateOf } from "./samples.ts";

const ended = (id: string, age: number): Experiment => experiment(id, { status: "completed", updated_at: at(age) });
const seeing = (view: View, ...experiments: Experiment[]) => follow(view, stateOf({ experiments }), experiments);
const selected = (view: View) => [...view.selection.keys()];

describe("at first paint", () => {
  it("the running experiments are plotted, and recent ones up to three", () => {
    const view = seeing(newView(""), ended("old", 900), experiment("runs"), ended("new", 10), ended("oldest", 9000));
    expect(selected(view)).toEqual(["runs", "new", "old"]);
    expect(paneOf(view)).toBe("plots");
  });

  it("waits until everything has come", () => {
    const half = { ...stateOf({ experiments: [experiment("a")] }), complete: false };
    expect(follow(newView(""), half, [experiment("a")]).seen).toBeNull();
    expect(follow(newView(""), emptyState, []).seen).toBeNull();
  });
});

describe("later", () => {
  const before = seeing(newView(""), ended("a", 10));

  it("a run that starts is plotted; one that only appears is not", () => {
    expect(selected(seeing(before, ended("a", 10), experiment("b")))).toEqual(["a", "b"]);
    expect(selected(seeing(before, ended("a", 10), ended("c", 1)))).toEqual(["a"]);
  });

  it("a second generation of a known experiment is a start", () => {
    const without = { ...before, selection: new Map() };
    expect(selected(seeing(without, experiment("a", { generation: 2 })))).toEqual(["a"]);
  });

  it("what somebody deselected stays deselected", () => {
    const without = { ...seeing(before, ended("a", 10), experiment("b")), selection: new Map() };
    expect(selected(seeing(without, ended("a", 10), experiment("b")))).toEqual([]);
  });

  it("a deletion is forgotten when it has arrived, and not before", () => {
    const deleting = (until: number | null) => ({ ...before, leaving: new Map([["a", until]]) });
    const leaving = (view: View) => [...view.leaving.keys()];
    expect(leaving(seeing(deleting(null), ended("a", 10)))).toEqual(["a"]);
    expect(leaving(seeing(deleting(null), experiment("b")))).toEqual([]);
    // The state of these tests stands at seq 1.
    expect(leaving(seeing(deleting(2), ended("a", 10)))).toEqual(["a"]);
    expect(leaving(seeing(deleting(1), ended("a", 10)))).toEqual([]);
  });

  it("a deleted run that comes back is selected again, in its colour unless another got it", () => {
    const both = seeing(before, ended("a", 10), ended("b", 10), experiment("c"));
    expect([...both.selection]).toEqual([
      ["a", 0],
      ["c", 1],
    ]);
    const without = seeing(both, ended("b", 10), experiment("c"));
    expect(selected(without)).toEqual(["c"]);
    expect([...seeing(without, ended("a", 10), ended("b", 10), experiment("c")).selection]).toEqual([
      ["c", 1],
      ["a", 0],
    ]);
    const taken = { ...without, selection: new Map([["b", 0]]) };
    expect([...seeing(taken, ended("a", 10), ended("b", 10), experiment("c")).selection]).toEqual([
      ["b", 0],
      ["a", 1],
    ]);
  });

  it("a deleted run leaves the selection", () => {
    const both = seeing(before, ended("a", 10), experiment("b"));
    expect(selected(seeing(both, experiment("b")))).toEqual(["b"]);
  });
});

describe("what a project keeps of a view", () => {
  const first = adopt(newView("p"), project("p"));
  const looked: View = {
    ...first,
    arrangement: { ...first.arrangement, hues: "distinct", find: "x" },
    plots: { ...first.plots, pinned: ["val/acc"], size: "large", smooth: 0.6, muted: ["a"], find: "loss" },
    trends: { ...first.trends, side: "parameters", axes: ["param lr", "metric loss"], x: "param lr" },
  };

  it("comes back to who opens it: colours, charts, axes; not what one looks for and whose lines are off", () => {
    const kept = JSON.parse(JSON.stringify(keptOf(looked)));
    const back = adopt(newView("p"), { ...project("p"), view: kept });
    expect(back.arrangement.hues).toBe("distinct");
    expect(back.arrangement.find).toBe("");
    expect(back.plots).toEqual({ ...looked.plots, muted: [], find: "" });
    expect(back.trends).toEqual(looked.trends);
    expect(isChanged(back)).toBe(false);
  });

  it("is unsaved when charts or axes were changed, but not when something was smoothed, sought or switched off", () => {
    expect(isChanged(first)).toBe(false);
    const calm = { ...first.plots, smooth: 0.9, smoothing: "centred" as const, muted: ["a"], find: "z" };
    expect(isChanged({ ...first, plots: calm, trends: { ...first.trends, side: "parameters" } })).toBe(false);
    expect(isChanged({ ...first, plots: { ...first.plots, size: "small" } })).toBe(true);
    expect(isChanged({ ...first, trends: { ...first.trends, y: "metric loss" } })).toBe(true);
  });

  it("is what is left when changes are discarded, but for what is of the moment", () => {
    const back = discarded(looked);
    expect(back.plots).toEqual({ ...usual, muted: ["a"], find: "loss" });
    expect(back.trends).toEqual(first.trends);
  });

  it("is understood as far as it can be", () => {
    const odd = {
      plots: { x: "up", y: 3, smooth: 7, pinned: [1, "a"], size: "vast" },
      trends: { side: "no", axes: 5 },
    };
    const view = adopt(newView("p"), { ...project("p"), view: odd });
    expect(view.plots).toEqual({ ...usual, smooth: 0.99, pinned: ["a"] });
    expect(view.trends).toEqual(first.trends);
  });
});
