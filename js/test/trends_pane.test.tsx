import { describe, expect, it } from "vitest";
import { commit, experiment, project, SHA } from "./samples.ts";
import { Screen } from "./screen.ts";

const screen = new Screen();
const chosen = () => screen.all(".ls-pane [aria-pressed=true]").map(({ textContent }) => textContent);
const opened = async (metrics: object) => {
  const commits = [commit(SHA, { order: 0, ...metrics })];
  await screen.open({ projects: [project("p")], commits, experiments: [experiment("a")] });
  await screen.press(screen.one("[role=treegrid]"), "t");
};

describe("the trends pane", () => {
  it("begins with commits where one holds numbers", async () => {
    await opened({ metrics: { "metrics.json": { acc: 0.9 } } });
    expect(chosen()).toEqual(["commits"]);
  });

  it("begins with parameters where none does, which would be an empty pane", async () => {
    await opened({});
    expect(chosen()).toEqual(["parameters"]);
  });
});
