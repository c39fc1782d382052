import { describe, expect, it } from "vitest";
import type { Experiment } from "../src/contract.ts";
import { chooseProject, experimentsOf, filterSections, rowsOf, sectionsOf } from "../src/sections.ts";
import { at, commit, experiment, project, stateOf } from "./samples.ts";

const rows = (
  experiments: Experiment[],
  commits = [commit("new"), commit("old", { order: 1 })],
  collapsed: string[] = [],
) => {
  const state = stateOf({ experiments, commits });
  return rowsOf(sectionsOf(state, state.experiments.values()), new Set(collapsed));
};

const names = (list: ReturnType<typeof rows>): string[] =>
  list.map((row) => {
    if (row.kind === "section") return row.section.branch ?? "Detached";
    if (row.kind === "repeats") return row.repeats.name;
    return row.kind === "commit" ? row.group.commit.sha : row.id;
  });

const detached = (id: string): Experiment => experiment(id, { place: { kind: "detached", reason: "no Git" } });
const on = (id: string, baseline_sha: string, more: Partial<Experiment> = {}) =>
  experiment(id, { baseline_sha, ...more });

describe("sections", () => {
  it("puts Detached on top, then commits newest first with their experiments under them", () => {
    const list = rows([on("1", "old"), on("2", "new"), detached("3")]);
    expect(names(list)).toEqual(["Detached", "3", "main", "new", "2", "old", "1"]);
  });

  it("has no Detached section when nothing is detached", () => {
    expect(names(rows([on("1", "new")]))).toEqual(["main", "new", "1"]);
  });

  it("puts the newest run of a commit first", () => {
    const list = rows([on("early", "new", { started_at: at(900) }), on("late", "new", { started_at: at(100) })]);
    expect(names(list).slice(2)).toEqual(["late", "early"]);
  });

  it("puts runs that started in one moment as they were recorded, the newest first", () => {
    const list = rows(["9", "100", "99", "10"].map((id) => on(id, "new", { started_at: at(100) })));
    expect(names(list).slice(2)).toEqual(["100", "99", "10", "9"]);
  });

  it("keeps branches in the order Python lists them", () => {
    const commits = [commit("z", { branch: "zeta" }), commit("a", { branch: "alpha" })];
    expect(names(rows([on("1", "a"), on("2", "z")], commits))).toEqual(["zeta", "z", "2", "alpha", "a", "1"]);
  });

  it("never loses a run whose commit is unknown", () => {
    expect(names(rows([on("1", "missing"), on("2", "new")]))).toEqual([
      "main",
      "new",
      "2",
      "other commits",
      "missing",
      "1",
    ]);
  });

  it("hides what is closed and counts it", () => {
    const list = rows([on("1", "new"), on("2", "new"), on("3", "old")], undefined, ["branch main new"]);
    expect(names(list)).toEqual(["main", "new", "old", "3"]);
    expect(list[0]).toMatchObject({ count: 3 });
  });

  it("ends the rail at the last row of a branch, open or closed", () => {
    const open = rows([on("1", "new"), on("2", "old")]);
    expect(open.filter((row) => row.kind === "experiment").map(({ rail }) => rail)).toEqual(["leaf", "end"]);
    const closed = rows([on("1", "new"), on("2", "old")], undefined, ["branch main old"]);
    expect(closed.at(-1)).toMatchObject({ kind: "commit", last: true, open: false });
  });

  it("leaves out commits and branches a filter has emptied", () => {
    const state = stateOf({
      experiments: [on("1", "new"), on("2", "old"), detached("3")],
      commits: [commit("new"), commit("old")],
    });
    const some = filterSections(sectionsOf(state, state.experiments.values()), (id) => id === "2");
    expect(names(rowsOf(some, new Set()))).toEqual(["main", "old", "2"]);
  });
});

describe("projects", () => {
  const there = experiment("far", { repo_url: "elsewhere", updated_at: at(1) });
  const here = experiment("near", { updated_at: at(50) });
  const state = stateOf({ experiments: [here, there], projects: [project("mine"), project("other", "elsewhere")] });

  it("show the experiments of their repository only", () => {
    expect(experimentsOf(state, project("mine")).map(({ id }) => id)).toEqual(["near"]);
    expect(experimentsOf(state, null)).toHaveLength(2);
  });

  it("open the wanted one, else the one where something happened last", () => {
    expect(chooseProject(state, "mine")?.id).toBe("mine");
    expect(chooseProject(state, "")?.id).toBe("other");
    expect(chooseProject(state, "gone")?.id).toBe("other");
  });
});
