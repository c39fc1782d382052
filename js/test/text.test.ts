import { describe, expect, it } from "vitest";
import { figure } from "../src/plots/figure.ts";
import type { Line } from "../src/plots/lines.ts";
import { plotText } from "../src/plots/text.ts";

describe("plotText", () => {
  it("leaves no markup and no formula of what somebody logged", () => {
    expect(plotText('<a href="javascript:x">&')).toBe('&lt;a href="javascript:x"&gt;&amp;');
    expect(plotText("$\\href{x}{y}$").startsWith("$")).toBe(false);
    expect(plotText("$$")).toContain("$$");
  });

  it("changes nothing else", () => {
    expect(plotText("train/loss 5 $ “x”")).toBe("train/loss 5 $ “x”");
  });
});

describe("a figure", () => {
  it("hands Plotly no text of a client but escaped marks", () => {
    const hostile = "<img src=x onerror=alert(1)>";
    const line: Line = {
      id: "1",
      name: hostile,
      slot: 0,
      x: [0, 1],
      y: [1, null],
      values: [1, Number.NaN],
      soft: null,
      ending: "running",
      marks: [{ kind: "nan", x: [1], count: 1, steps: [1] }],
    };
    const palette = {
      text: "red",
      grid: "red",
      ground: "red",
      accent: "red",
      font: "x",
      hues: ["red"],
      dashed: false,
    };
    const { data, layout } = figure([line], {
      axes: { x: `metric:${hostile}`, y: "linear" },
      palette,
      width: 300,
      height: 176,
      zoom: null,
    });
    expect(JSON.stringify([data, layout])).not.toContain("<img");
    expect(JSON.stringify(layout)).toContain("&lt;img");
  });

  it("has ticks at whole steps only, however few steps there are", () => {
    const palette = { text: "red", grid: "red", ground: "red", accent: "red", font: "x", hues: ["red"], dashed: false };
    const drawn = (x: number[]) => {
      const one = { id: "a", name: "a", slot: 0, x, y: x, values: x, soft: null, ending: "none", marks: [] } as Line;
      const axes = { x: "step", y: "linear" } as const;
      const { layout } = figure([one], { axes, palette, width: 300, height: 176, zoom: null });
      return (layout as { xaxis: { tickvals: number[] } }).xaxis.tickvals;
    };
    expect(drawn([0])).toEqual([0]);
    expect(drawn([0, 1])).toEqual([0, 1]);
  });

  it("writes what its ticks have to be added to where no line begins", () => {
    const palette = { text: "red", grid: "red", ground: "red", accent: "red", font: "x", hues: ["red"], dashed: false };
    const noteOf = (...lines: number[][]) => {
      const drawn = lines.map(
        (y, at) => ({ id: `${at}`, name: "a", slot: at, x: [0, 1, 2], y, values: y, soft: null, marks: [] }) as unknown,
      ) as Line[];
      const axes = { x: "step", y: "linear" } as const;
      const { layout } = figure(drawn, { axes, palette, width: 300, height: 176, zoom: null });
      const { annotations } = layout as { annotations: { text: string; y: number }[] };
      return annotations.find(({ text }) => text.endsWith("+"))?.y;
    };
    expect(noteOf([1200.1, 1200.2, 1200.4])).toBe(1);
    expect(noteOf([1200.4, 1200.2, 1200.1])).toBe(0);
    expect(noteOf([1200.1, 1200.2, 1200.4], [1200.1, 1200.3, 1200.2], [1200.4, 1200.2, 1200.1])).toBe(1);
  });
});
