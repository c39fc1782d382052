import { describe, expect, it } from "vitest";
import { plain } from "../src/arrange/arrangement.ts";
import type { Commit, Value } from "../src/contract.ts";
import { commit, experiment, project, SHA } from "./samples.ts";
import { Screen } from "./screen.ts";

const screen = new Screen();
const { all, one, press, click } = screen;

const COLUMN = JSON.stringify(["metric", "m.json", "acc"]);
const run = (id: string, acc: number) => experiment(id, { metrics: { "m.json": { acc } }, params: {} });
const held: Commit = { ...commit(SHA), metrics: { "m.json": { acc: 0.75 } }, params: {} };
const opened = (commits = [held], arrangement: object = {}) => {
  const view = { arrangement: { ...plain, ...arrangement } as unknown as Value };
  return screen.open({
    projects: [{ ...project("p"), view }],
    experiments: [run("a", 0.5), run("b", 0.9)],
    commits,
  });
};
const table = () => one("[role=treegrid]");
const row = (name: string) => all(".ls-x").find(({ textContent }) => textContent?.includes(name)) as HTMLElement;
const number = (el: HTMLElement) => el.querySelector(".ls-num")?.textContent;

describe("a commit as the baseline", () => {
  it("is set by B on its row, named, and what others differ from", async () => {
    await opened();
    await press(table(), "ArrowDown");
    expect(await press(table(), "b")).toBe(true);
    expect(one(".ls-co .ls-tag-strong").textContent).toBe("baseline");
    await press(table(), "d");
    expect(number(row("run-a"))).toBe("−0.2500");
    expect(number(row("run-b"))).toBe("+0.1500");
    expect(number(one(".ls-co"))).toBe("0.7500");
    expect(one(".ls-foot").textContent).toContain("difference from 7f3e9a1");
    await press(table(), "b");
    expect(number(row("run-a"))).toBe("0.5000");
  });

  it("is set by its button, and taken away by it", async () => {
    await opened();
    await click(one(".ls-co .ls-more"));
    expect(all(".ls-co .ls-tag-strong")).toHaveLength(1);
    await click(one(".ls-co .ls-more"));
    expect(all(".ls-co .ls-tag-strong")).toHaveLength(0);
  });

  it("decides marks and filters, and comes back with a saved view", async () => {
    const filter = { column: COLUMN, test: ">", text: "0", difference: true, on: true };
    await opened([held], { baseline: `commit ${SHA}`, goals: { [COLUMN]: "lower" }, filters: [filter] });
    expect(all(".ls-x")).toHaveLength(1);
    expect(row("run-b").querySelector(".ls-goal .ls-vh")?.textContent).toBe("worse than the baseline");
  });

  it("is not offered where it holds no numbers", async () => {
    await opened([commit(SHA)]);
    expect(all(".ls-co .ls-more")).toHaveLength(0);
  });
});
