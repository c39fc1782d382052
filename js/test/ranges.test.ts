import { describe, expect, it } from "vitest";
import type { Ending, Line } from "../src/plots/lines.ts";
import { type Frame, rangesOf } from "../src/plots/ranges.ts";

const line = (count: number, value: (step: number) => number, ending: Ending = "running"): Line => {
  const x = Array.from({ length: count }, (_, step) => step);
  const y = x.map(value);
  return { id: "a", name: "a", slot: 0, x, y, values: y, soft: null, ending, marks: [] };
};
const axes = { x: "step", y: "linear" } as const;
const ranges = (lines: Line[], shown: Frame | null = null, zoom: Frame["x"] | null = null) =>
  rangesOf(lines, { axes, zoom, shown });
const flat = () => 0.5;

describe("the axes of a chart", () => {
  it("end with the data once nothing runs", () => {
    const live = ranges([line(100, flat)]);
    expect(live.x[1]).toBeGreaterThan(99);
    expect(ranges([line(100, flat, "none")], live).x).toEqual([0, 99]);
  });

  it("hold still while live lines fit into them, and only so long", () => {
    let shown: Frame | null = null;
    let moves = 0;
    for (let count = 100; count <= 200; count += 1) {
      const grown = [line(count, (step) => Math.sin(step / 5))];
      const next = ranges(grown, shown);
      expect(next.x[1]).toBeGreaterThanOrEqual(count - 1);
      if (next !== shown) moves += 1;
      shown = next;
    }
    expect(moves).toBeGreaterThan(5);
    expect(moves).toBeLessThan(20);
  });

  it("follow a value that leaves them, late points before them, and data that became few", () => {
    const shown = ranges([line(100, flat)]);
    expect(ranges([line(100, flat)], shown)).toBe(shown);
    expect(ranges([line(100, (step) => (step === 50 ? 9 : 0.5))], shown).y[1]).toBeGreaterThan(9);
    const late = line(100, flat);
    late.x[0] = -50;
    expect(ranges([late], shown).x[0]).toBe(-50);
    expect(ranges([line(20, flat)], shown).x[1]).toBeLessThan(25);
  });

  it("stay where somebody zoomed, whatever arrives", () => {
    const zoomed = ranges([line(100, flat)], null, [20, 40]);
    expect(ranges([line(150, flat)], zoomed, [20, 40])).toBe(zoomed);
    expect(ranges([line(150, flat)], zoomed, [20, 41]).x).toEqual([20, 41]);
  });
});
