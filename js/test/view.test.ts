import { describe, expect, it } from "vitest";
import type { Experiment } from "../src/contract.ts";
import { emptyState } from "../src/state.ts";
import { follow, newView, plotsOpen, type View } from "../src/view.ts";
import { at, experiment, stateOf } from "./samples.ts";

const ended = (id: string, age: number): Experiment => experiment(id, { status: "completed", updated_at: at(age) });
const seeing = (view: View, ...experiments: Experiment[]) => follow(view, stateOf({ experiments }), experiments);
const selected = (view: View) => [...view.selection.keys()];

describe("at first paint", () => {
  it("the running experiments are plotted, and recent ones up to three", () => {
    const view = seeing(newView(""), ended("old", 900), experiment("runs"), ended("new", 10), ended("oldest", 9000));
    expect(selected(view)).toEqual(["runs", "new", "old"]);
    expect(plotsOpen(view)).toBe(true);
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
    const deleting = { ...before, leaving: new Set(["a"]) };
    expect([...seeing(deleting, ended("a", 10)).leaving]).toEqual(["a"]);
    expect([...seeing(deleting, experiment("b")).leaving]).toEqual([]);
  });

  it("a deleted run leaves the selection", () => {
    const both = seeing(before, ended("a", 10), experiment("b"));
    expect(selected(seeing(both, experiment("b")))).toEqual(["b"]);
  });
});
