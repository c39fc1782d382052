import { describe, expect, it } from "vitest";
import { experiment } from "./samples.ts";
import { Screen } from "./screen.ts";

const screen = new Screen();
const { all, one } = screen;

describe("keys in the table", () => {
  it("run the notebook's cell with Shift and Enter, and open nothing", async () => {
    await screen.open({ experiments: [experiment("a")] });
    const grid = one("[role=treegrid]");
    await screen.press(grid, "End");
    expect(await screen.press(grid, "Enter", { shiftKey: true })).toBe(false);
    expect(all(".ls-detail")).toEqual([]);
    expect(await screen.press(grid, "Enter")).toBe(true);
    expect(all(".ls-detail")).toHaveLength(1);
  });

  it("name the row they are in only while it is drawn", async () => {
    await screen.open({ experiments: Array.from({ length: 3000 }, (_, index) => experiment(String(index))) });
    const grid = one("[role=treegrid]");
    const named = () => grid.getAttribute("aria-activedescendant");
    await screen.press(grid, "ArrowDown");
    expect(document.getElementById(named() ?? "")?.className).toContain("ls-active");
    // In jsdom nothing scrolls by itself: the last of them is not drawn.
    await screen.press(grid, "End");
    expect([one(".ls-active"), named()]).toEqual([null, null]);
  });
});
