import { describe, expect, it } from "vitest";
import { apply, emptyState } from "../src/state.ts";
import { at, changes, commit, experiment, project, stateOf } from "./samples.ts";

describe("apply", () => {
  it("replaces a row by its id and keeps the others", () => {
    const before = stateOf({ experiments: [experiment("a"), experiment("b")] });
    const after = apply(before, changes(2, { experiments: [experiment("a", { name: "renamed" })] }));
    expect(after.experiments.get("a")?.name).toBe("renamed");
    expect(after.experiments.get("b")).toBe(before.experiments.get("b"));
  });

  it("does not touch the state it was given", () => {
    const before = stateOf({ experiments: [experiment("a")] });
    apply(before, changes(2, { deleted: ["a"] }));
    expect(before.experiments.has("a")).toBe(true);
  });

  it("removes deleted rows, and takes back one that is sent again", () => {
    const gone = apply(stateOf({ experiments: [experiment("a")] }), changes(2, { deleted: ["a"] }));
    expect(gone.experiments.size).toBe(0);
    expect(apply(gone, changes(3, { experiments: [experiment("a")] })).experiments.size).toBe(1);
  });

  it("takes only the time from what it already knows", () => {
    const known = apply(stateOf({ experiments: [experiment("a")] }), changes(5, { experiments: [experiment("b")] }));
    const after = apply(known, changes(5, { now: at(-9), deleted: ["a"] }));
    expect(after.experiments.has("a")).toBe(true);
    expect(after.now).toBe(at(-9));
    expect(apply(known, changes(3, { deleted: ["b"] })).seq).toBe(5);
  });

  it("takes the time from a beat and draws nothing new", () => {
    const before = stateOf({ experiments: [experiment("a")] });
    const after = apply(before, changes(1, { now: at(-20) }));
    expect(after.now).toBe(at(-20));
    expect(after.experiments).toBe(before.experiments);
    expect(after.structure).toBe(before.structure);
  });

  it("accepts what an empty store says first, although its seq is 0", () => {
    expect(apply(emptyState, changes(0, { projects: [project("p")] })).projects.size).toBe(1);
  });

  it("is complete only after the last part of what existed", () => {
    const part = apply(emptyState, changes(3, { more: true, experiments: [experiment("a")] }));
    expect(part.complete).toBe(false);
    expect(apply(part, changes(4)).complete).toBe(true);
  });

  it("keeps the structure for a new number and moves it for a new place", () => {
    const before = stateOf({ experiments: [experiment("a")] });
    const number = apply(before, changes(2, { experiments: [experiment("a", { metrics: { m: { loss: 1 } } })] }));
    expect(number.structure).toBe(before.structure);
    const moved = experiment("a", { place: { kind: "detached", reason: "not pushed" } });
    expect(apply(number, changes(3, { experiments: [moved] })).structure).not.toBe(before.structure);
  });

  it("replaces all commits of a repository that is mentioned, and no other", () => {
    const other = commit("c", { repo_url: "other" });
    const before = stateOf({ commits: [commit("a"), commit("b"), other] });
    const after = apply(before, changes(2, { commits: [commit("b")] }));
    expect(after.commits.get(other.repo_url)).toEqual([other]);
    expect([...after.commits.values()].flat().map(({ sha }) => sha)).toEqual(["b", "c"]);
  });

  it("survives ids that are names of object members", () => {
    const state = stateOf({ experiments: [experiment("__proto__"), experiment("constructor")] });
    expect([...state.experiments.keys()]).toEqual(["__proto__", "constructor"]);
  });

  it("forgets a project that was deleted", () => {
    const known = stateOf({ projects: [project("p"), project("q")] });
    const gone = apply(known, changes(2, { projects: [{ ...project("p"), deleted: true }] }));
    expect([...gone.projects.keys()]).toEqual(["q"]);
  });
});
