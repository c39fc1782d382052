import { describe, expect, it } from "vitest";
import { committedOf } from "../src/committed.ts";
import { experimentsOf, filterSections, inRanks, rowsOf, sectionsOf } from "../src/sections.ts";
import { commit, experiment, project, stateOf } from "./samples.ts";

const commits = [
  commit("tip", { hidden: null }),
  commit("same", { order: 1, hidden: "unchanged" }),
  commit("run", { order: 2, hidden: "unchanged" }),
  commit("skip", { order: 3, hidden: "skip" }),
  commit("side", { branch: "side", hidden: "unchanged" }),
];
const state = stateOf({ experiments: [experiment("a", { baseline_sha: "run" })], commits, projects: [project("p")] });

const keys = (showHidden: boolean) =>
  rowsOf(sectionsOf(state, state.experiments.values(), project("p"), showHidden), new Set()).map(({ key }) => key);

describe("commits with numbers of their own", () => {
  it("stand in their branch without an experiment; unchanged and skipped ones wait to be asked for", () => {
    expect(keys(false)).toEqual(["branch main", "branch main tip", "branch main run", "run a"]);
    expect(keys(true)).toEqual([
      "branch main",
      "branch main tip",
      "branch main same",
      "branch main run",
      "run a",
      "branch main skip",
      "branch side",
      "branch side side",
    ]);
    const [main] = sectionsOf(state, state.experiments.values(), project("p"));
    expect(main?.hidden).toBe(2);
  });

  it("are not added where all repositories are shown, nor by a Python that knows nothing of them", () => {
    expect(sectionsOf(state, state.experiments.values())[0]?.groups).toHaveLength(1);
    const old = stateOf({ experiments: [experiment("a", { baseline_sha: "run" })], commits: [commit("tip")] });
    expect(sectionsOf(old, old.experiments.values(), project("p"))[0]?.groups).toHaveLength(1);
  });

  it("go with a filter and stay when a row is put out of sight", () => {
    const sections = sectionsOf(state, state.experiments.values(), project("p"));
    expect(filterSections(sections, () => true)[0]?.groups).toHaveLength(1);
    const kept = inRanks(sections, { ranks: null, sorted: false }, ["a"]);
    expect(kept[0]?.groups.map((group) => group.commit.sha)).toEqual(["tip"]);
  });

  it("are called as the runs in a folder call them", () => {
    const held = commit("x", { metrics: { "m/dvclive/metrics.json": { acc: 1 }, "other.json": { b: 2 } } });
    expect(committedOf(held, { ...project("p"), subdir: "m" }).metrics).toEqual({ "dvclive/metrics.json": { acc: 1 } });
    expect(committedOf(held, project("p")).metrics).toBe(held.metrics);
  });
});

describe("a folder's project", () => {
  it("shows runs of that folder and those that name none", () => {
    const runs = [
      experiment("none"),
      experiment("same", { subdir: "m" }),
      experiment("below", { subdir: "m/n" }),
      experiment("other", { subdir: "mm" }),
    ];
    const shown = experimentsOf(stateOf({ experiments: runs }), { ...project("p"), subdir: "m" });
    expect(shown.map(({ id }) => id)).toEqual(["none", "same", "below"]);
  });
});
