import { describe, expect, it } from "vitest";
import type { PlotHead } from "../src/contract.ts";
import { classesOf, matrixOf } from "../src/logged/confusion.ts";
import type { Layer } from "../src/logged/drawn.ts";
import { saidOf } from "../src/logged/form.ts";
import { formFor } from "../src/logged/forms.ts";
import { loggedOf, plotName } from "../src/logged/logged.ts";
import { areaUnder, averagePrecision, countsIn, edgesOf, loess } from "../src/logged/numbers.ts";
import { type Row, rowsOf } from "../src/logged/rows.ts";
import { experiment } from "./samples.ts";

const palette = {
  text: "rgb(9, 9, 9)",
  grid: "rgb(8, 8, 8)",
  ground: "rgb(255, 255, 255)",
  accent: "rgb(0, 0, 255)",
  font: "x",
  hues: ["rgb(1, 1, 1)", "rgb(2, 2, 2)"],
  dashed: false,
};
const frame = { palette, width: 400, height: 176 };

const head = (props: PlotHead["props"], path = "dvclive/plots/custom/p.json"): PlotHead => ({
  path,
  step: 3,
  props,
  digest: "d",
});
const layer = (rows: Row[], slot = 0): Layer => ({ id: String(slot), name: `run-${slot}`, slot, step: 3, rows });

interface Trace {
  type: string;
  x: (number | null)[];
  y: (number | null)[];
  z: number[][];
  text: string[];
}

function drawn(props: PlotHead["props"], ...layers: Layer[]) {
  const said = saidOf(head(props));
  const made = formFor(said).draw(said, layers, frame);
  return { ...made, traces: made.data as Trace[] };
}

describe("logged plots", () => {
  it("of one name are one chart, wherever their files lie", () => {
    expect(plotName("train/dvclive/plots/sklearn/roc.json")).toBe("roc");
    expect(plotName("dvclive/plots/custom/deep/curve.json")).toBe("deep/curve");
    const one = experiment("a", { plots: [head({ x: "fpr", y: "tpr" }, "dvclive/plots/sklearn/roc.json")] });
    const other = experiment("b", { plots: [head({ x: "fpr", y: "tpr" }, "/elsewhere/plots/sklearn/roc.json")] });
    const [spec, ...more] = loggedOf([one, other]);
    expect(more).toEqual([]);
    expect(spec?.shots.map((shot) => shot.experiment.id)).toEqual(["a", "b"]);
  });

  it("are of rows and of nothing else", () => {
    expect(rowsOf({ x: 1 })).toEqual([]);
    expect(rowsOf([{ x: 1, deep: { y: 2 } }, null, 7, [1]])).toEqual([{ x: 1 }]);
    const read = rowsOf(JSON.parse('[{"__proto__": 5, "x": 1}]'));
    expect(({} as { x?: number }).x).toBeUndefined();
    expect(read).toHaveLength(1);
  });

  it("break where a row has no number, and stand in the order of their rows", () => {
    const rows = [
      { a: 2, b: 5 },
      { a: 1, b: "nan" },
      { a: 3, b: 7 },
    ];
    const { traces } = drawn({ x: "a", y: "b" }, layer(rows));
    expect(traces[0]?.x).toEqual([2, 1, 3]);
    expect(traces[0]?.y).toEqual([5, null, 7]);
  });

  it("put words on an axis in the order they come", () => {
    const rows = [
      { a: "low", b: 5 },
      { a: "high", b: 6 },
    ];
    const { traces, layout } = drawn({ x: "a", y: "b", template: "simple" }, layer(rows));
    expect(traces[0]?.x).toEqual([0, 1]);
    expect((layout as { xaxis: { ticktext: string[] } }).xaxis.ticktext).toEqual(["low", "high"]);
  });

  it("say the area under a ROC and the average precision, as scikit-learn does", () => {
    expect(areaUnder([0, 0, 0.5, 0.5, 1], [0, 0.5, 0.5, 1, 1])).toBeCloseTo(0.75);
    // precision_recall_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) and average_precision_score of the same.
    expect(averagePrecision([1, 1, 0.5, 0.5, 0], [0.5, 2 / 3, 0.5, 1, 1])).toBeCloseTo(0.8333333, 6);
    const rows = [
      { fpr: 0, tpr: 0 },
      { fpr: 0, tpr: 1 },
      { fpr: 1, tpr: 1 },
    ];
    const { layout } = drawn({ x: "fpr", y: "tpr", kind: "roc" }, layer(rows));
    expect(JSON.stringify(layout)).toContain("AUC 1.0000");
  });

  it("count pairs of a confusion matrix by true class, sorted as numbers where they are some", () => {
    const rows = [
      { actual: "10", predicted: "10" },
      { actual: "10", predicted: "9" },
      { actual: "9", predicted: "9" },
    ];
    const said = saidOf(head({ x: "actual", y: "predicted", template: "confusion" }));
    const classes = classesOf([layer(rows)], said);
    expect(classes).toEqual(["9", "10"]);
    expect(matrixOf(layer(rows), said, classes)).toEqual({
      classes,
      counts: [
        [1, 0],
        [1, 1],
      ],
      totals: [1, 2],
    });
  });

  it("show counts or shares in the cells, and shares of the true class as colour in both", () => {
    const rows = [
      { actual: "a", predicted: "a" },
      { actual: "a", predicted: "b" },
      { actual: "a", predicted: "a" },
      { actual: "b", predicted: "b" },
    ];
    const plain = drawn({ x: "actual", y: "predicted", template: "confusion" }, layer(rows));
    const normal = drawn({ x: "actual", y: "predicted", template: "confusion_normalized" }, layer(rows));
    expect(plain.traces[1]).toMatchObject({ x: [0, 1, 0, 1], y: [0, 0, 1, 1], text: ["2", "1", "0", "1"] });
    expect(normal.traces[1]?.text).toEqual(["66.7", "33.3", "0", "100"]);
    for (const { traces } of [plain, normal])
      expect(traces[0]?.z).toEqual([
        [2 / 3, 1 / 3],
        [0, 1],
      ]);
    const read = plain.read({ trace: 0, point: [0, 1] });
    expect(read?.lines.at(-1)).toEqual({ label: "share", text: "33.3 %" });
  });

  it("end in as much of the hue as a white number is read on, where the ground is dark", () => {
    const end = (ground: string, accent: string) => {
      const said = saidOf(head({ x: "actual", y: "predicted", template: "confusion" }));
      const looks = { ...frame, palette: { ...palette, ground, accent } };
      const { data } = formFor(said).draw(said, [layer([{ actual: "a", predicted: "a" }])], looks);
      return (data[0] as { colorscale: [number, string][] }).colorscale[1]?.[1];
    };
    expect(end("rgb(33, 33, 33)", "rgb(62, 160, 245)")).toBe("rgb(53, 122, 181)");
    expect(end("rgb(255, 255, 255)", "rgb(25, 103, 184)")).toBe("rgb(25, 103, 184)");
    // On a light ground less of a pale hue were no help.
    expect(end("rgb(255, 255, 255)", "rgb(120, 200, 250)")).toBe("rgb(120, 200, 250)");
  });

  it("are written in an ink that is read on each cell, whatever the theme", () => {
    const shares = (some: number, all: number) =>
      Array.from({ length: all }, (_, at) => ({ actual: "a", predicted: at < some ? "a" : "b" }));
    const said = saidOf(head({ x: "actual", y: "predicted", template: "confusion" }));
    const parts = (colour: string) => (colour.match(/\d+/g) ?? []).map(Number);
    const light = (colour: string) => {
      const [red = 0, green = 0, blue = 0] = parts(colour).map((part) =>
        part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
    };
    const least = (ground: string, accent: string) => {
      const looks = { ...frame, palette: { ...palette, ground, accent } };
      // Every share there is: of n rows k are here.
      const found = Array.from({ length: 51 }, (_, k) => {
        const layers = [layer(shares(k, 50))];
        const [cells, numbers] = formFor(said).draw(said, layers, looks).data as [
          { z: number[][]; colorscale: [number, string][] },
          { textfont: { color: string[] } },
        ];
        const [low = [], high = []] = cells.colorscale.map(([, colour]) => parts(colour));
        return cells.z.flat().map((share, at) => {
          const cell = `rgb(${low.map((from, place) => Math.round(from * (1 - share) + (high[place] ?? 0) * share)).join()})`;
          const [one, other] = [light(cell), light(numbers.textfont.color[at] ?? "")];
          return Math.max(one, other) / Math.min(one, other);
        });
      });
      return Math.min(...found.flat());
    };
    expect(least("rgb(255, 255, 255)", "rgb(25, 103, 184)")).toBeGreaterThanOrEqual(4.5);
    expect(least("rgb(33, 33, 33)", "rgb(62, 160, 245)")).toBeGreaterThanOrEqual(4.5);
  });

  it("stand side by side where several experiments have a matrix", () => {
    const rows = [{ actual: "a", predicted: "b" }];
    const said = { x: "actual", y: "predicted", template: "confusion" };
    const { layout, data } = drawn(said, layer(rows), layer(rows, 1));
    expect(data.filter((trace) => (trace as Trace).type === "heatmap")).toHaveLength(2);
    const { xaxis, xaxis2 } = layout as Record<string, { domain: number[] }>;
    expect(xaxis?.domain[1]).toBeLessThan(xaxis2?.domain[0] ?? 0);
  });

  it("sort bars by the longest of each word where the template says so", () => {
    const rows = [
      { f: "small", n: 1 },
      { f: "large", n: 9 },
    ];
    const order = (template: string) => {
      const { layout } = drawn({ x: "n", y: "f", template }, layer(rows));
      return (layout as { yaxis: { ticktext: string[] } }).yaxis.ticktext;
    };
    expect(order("bar_horizontal_sorted")).toEqual(["large", "small"]);
    expect(order("bar_horizontal")).toEqual(["small", "large"]);
  });

  it("cut long words in their middle: those that begin alike stay apart", () => {
    const rows = ["weight of the first layer", "weight of the second layer"].map((f) => ({ f, n: 1 }));
    const { layout } = drawn({ x: "n", y: "f", template: "bar_horizontal" }, layer(rows));
    const words = (layout as { yaxis: { ticktext: string[] } }).yaxis.ticktext;
    expect(words).toEqual(["weight o…t layer", "weight o…d layer"]);
  });

  it("bin all experiments alike, and every value once", () => {
    const values = Array.from({ length: 500 }, (_, at) => (Math.sin(at * 12.9898) * 43758.5453) % 7);
    const edges = edgesOf(values);
    const counts = countsIn(edges, values);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500);
    counts.forEach((count, at) => {
      const [from, to] = [edges[at] as number, edges[at + 1] as number];
      const last = at === counts.length - 1;
      expect(values.filter((value) => value >= from && (last ? value <= to : value < to))).toHaveLength(count);
    });
    const rows = values.map((w) => ({ w }));
    const { traces } = drawn({ x: "w", template: "histogram" }, layer(rows), layer([{ w: 0 }], 1));
    expect(traces[1]?.x).toEqual(traces[0]?.x);
    for (const few of [[5], [], [3, 3, 3]])
      expect(countsIn(edgesOf(few), few).reduce((a, b) => a + b, 0)).toBe(few.length);
  });

  it("smooth a line to itself", () => {
    const x = Array.from({ length: 300 }, (_, at) => at);
    const soft = loess(
      x,
      x.map((at) => 3 * at + 1),
    );
    expect(soft.x.length).toBeLessThanOrEqual(200);
    soft.y.forEach((value, at) => void expect(value).toBeCloseTo(3 * (soft.x[at] as number) + 1, 6));
    expect(loess([1, 1, 1], [1, 2, 3]).y[0]).toBeCloseTo(2);
  });

  it("let no text of strangers be more than text", () => {
    const hostile = "<img src=x onerror=window.__xss=1>%{x}";
    const rows = [
      { [hostile]: hostile, y: 1, predicted: hostile },
      { [hostile]: "b", y: 2, predicted: hostile },
    ];
    for (const template of ["linear", "scatter", "bar", "bar_horizontal", "histogram", "confusion", "smooth"]) {
      const props = { x: hostile, y: template === "confusion" ? "predicted" : "y", template, x_label: hostile };
      const { data, layout } = drawn(props, layer(rows));
      expect(JSON.stringify([data, layout])).not.toContain("<img");
    }
  });
});

describe("a logged figure", () => {
  const hostile = "<a href='javascript:window.__xss=1'>x</a><img src=x onerror=window.__xss=1>";
  const draw = (body: unknown) => {
    const said = saidOf(head({ template: "figure" }));
    return formFor(said).draw(said, [{ ...layer([]), body }], frame) as { data: Trace[]; layout: object };
  };

  it("keeps what is data and drops every attribute nobody named", () => {
    const { data } = draw({
      data: [
        {
          type: "scattergl",
          x: [1, 2, null],
          y: [3, "nan", { deep: 1 }],
          mode: "lines+markers",
          hovertemplate: hostile,
          customdata: [hostile],
          transforms: [{ type: "filter" }],
          marker: { color: [1, 2], size: 4, line: { color: "red" }, colorbar: { title: hostile } },
        },
        { type: "pie", values: [1] },
        { type: "__proto__", y: [1] },
        null,
      ],
    });
    expect(data).toEqual([
      {
        type: "scatter",
        uid: "ls-figure-0",
        hoverinfo: "none",
        x: [1, 2, null],
        y: [3, "nan", null],
        mode: "lines+markers",
        marker: { color: [1, 2], size: 4, line: { color: "red" } },
      },
    ]);
  });

  it("takes no address, no markup, no formula, no template and no image anywhere", () => {
    const { data, layout } = draw({
      data: [
        { y: [1], name: hostile, text: [hostile, "$\\href{https://evil.example}{x}$"], x: [hostile] },
        {
          type: "heatmap",
          z: [[1]],
          text: [[hostile]],
          texttemplate: hostile,
          colorscale: "url(https://evil.example)",
        },
        { type: "bar", y: [1], marker: { color: "url(https://evil.example)", pattern: { path: "M0" } } },
        { type: "parcoords", dimensions: [{ label: hostile, values: [1, 2] }], labelfont: { family: hostile } },
      ],
      layout: {
        title: { text: hostile },
        images: [{ source: "https://evil.example/a.png" }],
        template: { layout: { images: [{ source: "https://evil.example" }] } },
        updatemenus: [{}],
        paper_bgcolor: "url(https://evil.example)",
        font: { family: "url(https://evil.example)" },
        mapbox: { style: "https://evil.example" },
        annotations: [{ text: hostile, hovertext: hostile, captureevents: true }, 7],
        shapes: [{ type: "path", path: "M0" }],
        xaxis: { title: { text: hostile }, ticktext: [hostile], tickvals: [1], tickformat: hostile },
      },
    });
    const all = JSON.stringify([data, layout]);
    expect(all).not.toContain("<");
    expect(all.replaceAll("&lt;a href='javascript:window.__xss=1'", "")).not.toMatch(
      /url\(|"source"|mapbox|template":(?!"plotly)/,
    );
    // What is left of it is text behind a mark that makes none of it a formula.
    expect(all).not.toContain('"$');
    expect(data).toHaveLength(4);
  });

  it("bins a histogram, because no other part of ours draws one", () => {
    const { data } = draw({ data: [{ type: "histogram", x: [1, 1, 2, 3] }] });
    expect(data[0]?.type).toBe("bar");
    expect(data[0]?.y.reduce((sum: number, count) => sum + (count ?? 0), 0)).toBe(4);
  });

  it("is nobody else's: each experiment's has a chart of its own", () => {
    const plots = [head({ template: "figure" })];
    const specs = loggedOf([experiment("a", { plots }), experiment("b", { plots })]);
    expect(specs.map(({ id, name }) => [id, name])).toEqual([
      ["p a", "p"],
      ["p b", "p"],
    ]);
  });
});
