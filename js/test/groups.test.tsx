import { describe, expect, it } from "vitest";
import type { Experiment } from "../src/contract.ts";
import { keepAnchor } from "../src/table/scroll.ts";
import { at, commit, experiment, SHA } from "./samples.ts";
import { Screen } from "./screen.ts";

const screen = new Screen();
const { all, one, click, press } = screen;
const OTHER = "b".repeat(40);

const run = (id: string, more: Partial<Experiment> = {}) => experiment(id, { started_at: at(9), ...more });
const ended = { ended_at: at(5) } as const;
const open = () =>
  screen.open({
    experiments: [
      run("a"),
      run("b", { status: "failed", ...ended }),
      run("c", { stale_at: at(1) }),
      run("d", { baseline_sha: OTHER, status: "completed", ...ended }),
    ],
    commits: [commit(SHA), commit(OTHER, { order: 1 })],
  });
const labelled = (label: string) => all("button").find((one) => one.getAttribute("aria-label") === label);
const rolled = (row: string) => [...one(row).querySelectorAll(".ls-rolled")].map((glyph) => glyph.textContent);

describe("a closed group", () => {
  it("says in words which of its experiments run, are silent or failed", async () => {
    await open();
    expect(all(".ls-rolled")).toEqual([]);
    await click(one(".ls-co .ls-tw"));
    expect(rolled(".ls-co")).toEqual(["1 running", "1 running, not heard for a while", "1 failed"]);
    await click(one(".ls-sect .ls-tw"));
    expect(rolled(".ls-sect")).toEqual(["1 running", "1 running, not heard for a while", "1 failed"]);
  });

  it("is closed with all others by the head, and opened again", async () => {
    await open();
    await click(labelled("Close all groups"));
    expect(all(".ls-x")).toHaveLength(0);
    expect(all(".ls-co")).toHaveLength(2);
    await click(labelled("Open all groups"));
    expect(all(".ls-x")).toHaveLength(4);
  });

  it("is closed with all like it by Shift and an arrow", async () => {
    await open();
    const table = one("[role=treegrid]");
    await press(table, "Home");
    await press(table, "ArrowDown");
    await press(table, "ArrowLeft", { shiftKey: true });
    expect(all(".ls-x")).toHaveLength(0);
    await press(table, "ArrowRight", { shiftKey: true });
    expect(all(".ls-x")).toHaveLength(4);
  });
});

describe("rows that come above", () => {
  const rows = (...keys: string[]) => keys.map((key) => ({ key, kind: "experiment" }));

  it("move nothing that is looked at, and are counted", () => {
    const el = { scrollTop: 26 } as HTMLElement;
    expect(keepAnchor(el, 26, rows("a", "b", "c"), rows("x", "y", "a", "b", "c"))).toBe(2);
    expect(el.scrollTop).toBe(26 * 3);
  });

  it("are no news at the top, nor when they only changed places", () => {
    const top = { scrollTop: 0 } as HTMLElement;
    expect(keepAnchor(top, 26, rows("a", "b"), rows("x", "a", "b"))).toBe(0);
    const el = { scrollTop: 26 } as HTMLElement;
    expect(keepAnchor(el, 26, rows("a", "b", "c"), rows("c", "a", "b"))).toBe(0);
    expect(el.scrollTop).toBe(26 * 2);
  });
});
