// Confusion matrices: a row for each true class, a column for each predicted one, in shares of the true class.

import { formatCount } from "../format.ts";
import { axis, template } from "../plots/figure.ts";
import { plotText } from "../plots/text.ts";
import { type Palette, plainColour } from "../theme.ts";
import { marginOf, shortened, ticksOf, wordsOf } from "./axes.ts";
import type { Form, Frame, Layer, Pointed } from "./drawn.ts";
import type { Said } from "./form.ts";
import { cellOf, textOf } from "./rows.ts";

/** A cell as high as a line of text, a panel as wide as its numbers need. */
const CELL = { height: 19, width: 34, most: 480, number: 15, digits: 26 };
const PANEL = { least: 200, apart: 28, name: 18, bottom: 42, legend: 48 };

export interface Matrix {
  classes: string[];
  /** By true class, then by predicted one. */
  counts: number[][];
  /** How often each class is true. */
  totals: number[];
}

export function matrixOf(layer: Layer, said: Said, classes: readonly string[]): Matrix {
  const [predicted = ""] = said.ys;
  const places = new Map(classes.map((name, at) => [name, at]));
  const counts = classes.map(() => new Array<number>(classes.length).fill(0));
  for (const row of layer.rows) {
    const [truth, guess] = [places.get(textOf(cellOf(row, said.x))), places.get(textOf(cellOf(row, predicted)))];
    const line = truth === undefined ? undefined : counts[truth];
    if (line && guess !== undefined) line[guess] = (line[guess] ?? 0) + 1;
  }
  return { classes: [...classes], counts, totals: counts.map((line) => line.reduce((sum, count) => sum + count, 0)) };
}

/** The classes of all experiments: as numbers where they are some, else as words are sorted. */
export function classesOf(layers: readonly Layer[], said: Said): string[] {
  const [predicted = ""] = said.ys;
  const found = new Set<string>();
  for (const { rows } of layers) {
    for (const row of rows) {
      found.add(textOf(cellOf(row, said.x)));
      found.add(textOf(cellOf(row, predicted)));
    }
  }
  const classes = [...found];
  const numeric = classes.every((name) => name !== "" && Number.isFinite(Number(name)));
  return classes.sort(numeric ? (a, b) => Number(a) - Number(b) : (a, b) => (a < b ? -1 : 1));
}

/** How many matrices stand beside each other. */
const abreast = (count: number, classes: number, width: number): number =>
  Math.max(1, Math.min(count, Math.floor(width / Math.max(PANEL.least, classes * CELL.width + PANEL.legend))));

export const confusion: Form = {
  height(said, layers, width) {
    const classes = classesOf(layers, said).length;
    const across = abreast(layers.length, classes, width);
    const one = Math.min(CELL.most, classes * CELL.height + PANEL.bottom);
    return Math.ceil(layers.length / across) * (Math.max(one, 150) + (layers.length > 1 ? PANEL.name : 0)) + 12;
  },
  draw(said, layers, frame) {
    const classes = classesOf(layers, said);
    const matrices = layers.map((layer) => matrixOf(layer, said, classes));
    const panels = panelsOf(layers.length, classes, frame, said);
    return {
      // The cells first: by their places it is known whose a cell is.
      data: [
        ...matrices.map((matrix, at) => traceOf(matrix, at, layers, panels[at] as Panel, frame)),
        ...matrices.flatMap((matrix, at) => numbersOf(matrix, at, layers, said, panels[at] as Panel, frame)),
      ],
      layout: layoutOf(layers, classes, panels, said, frame),
      names: new Map(),
      read: ({ trace, point }: Pointed) => {
        const [layer, matrix] = [layers[trace], matrices[trace]];
        if (!layer || !matrix || typeof point === "number") return null;
        const [row = 0, at = 0] = point;
        const count = matrix.counts[row]?.[at] ?? 0;
        const lines = [
          { label: said.xLabel, text: classes[row] ?? "" },
          { label: said.yLabel, text: classes[at] ?? "" },
          { label: "count", text: `${formatCount(count)} of ${formatCount(matrix.totals[row] ?? 0)}` },
          { label: "share", text: shareText(count, matrix.totals[row] ?? 0) },
        ];
        return { ...layer, lines };
      },
    };
  },
};

const shareText = (count: number, total: number): string =>
  total === 0 ? "–" : `${Number(((100 * count) / total).toFixed(1))} %`;

interface Panel {
  /** Pixels of the names of the classes, left of it. */
  room: number;
  /** Pixels from the left and the top. */
  left: number;
  top: number;
  width: number;
  height: number;
}

function panelsOf(count: number, classes: readonly string[], frame: Frame, said: Said): Panel[] {
  const across = abreast(count, classes.length, frame.width);
  const down = Math.ceil(count / across);
  const name = count > 1 ? PANEL.name : 0;
  const { l, t } = marginOf({ x: wordsOf(classes), y: wordsOf(classes), xLabel: "", yLabel: said.xLabel }, 200);
  const [wide, high] = [(frame.width - PANEL.legend) / across, frame.height / down];
  return Array.from({ length: count }, (_, at) => ({
    room: l,
    left: (at % across) * wide + l,
    top: Math.floor(at / across) * high + t + name,
    width: Math.max(10, wide - l - 8),
    height: Math.max(10, high - t - name - PANEL.bottom + 8),
  }));
}

const named = (axisName: string, at: number): string => (at === 0 ? axisName : `${axisName}${at + 1}`);

const sharesOf = ({ counts, totals }: Matrix): number[][] =>
  counts.map((line, row) => line.map((count) => (totals[row] ? count / (totals[row] ?? 1) : 0)));

function traceOf(
  matrix: Matrix,
  at: number,
  layers: readonly Layer[],
  panel: Panel,
  { palette, width, height }: Frame,
): object {
  const { classes } = matrix;
  const [low, high] = endsOf(palette);
  return {
    type: "heatmap",
    uid: `ls-${layers[at]?.slot ?? 0}-${at}-cells`,
    xaxis: named("x", at),
    yaxis: named("y", at),
    x: classes.map((_, place) => place),
    y: classes.map((_, place) => place),
    z: sharesOf(matrix),
    zmin: 0,
    zmax: 1,
    ...{ xgap: 1, ygap: 1, hoverinfo: "none", showscale: at === 0 },
    colorscale: [
      [0, low],
      [1, high],
    ],
    colorbar: {
      ...{ thickness: 8, outlinewidth: 0, len: panel.height, lenmode: "pixels", ticks: "", xpad: 0, ypad: 0 },
      ...{ x: 1 - (PANEL.legend - 2) / width, xanchor: "left", y: 1 - panel.top / height, yanchor: "top" },
      ...{ tickvals: [0, 0.5, 1], ticktext: ["0", "50 %", "100 %"], tickfont: { size: 10.5, color: palette.text } },
    },
  };
}

/** The numbers in the cells, where they have room: each in the ink that is read on its own cell. */
function numbersOf(
  matrix: Matrix,
  at: number,
  layers: readonly Layer[],
  said: Said,
  panel: Panel,
  { palette }: Frame,
): object[] {
  const { counts, totals, classes } = matrix;
  const wide = said.shares ? CELL.digits : digitsOf(counts);
  if (panel.height / classes.length < CELL.number || panel.width / classes.length < wide) return [];
  const [low, high] = endsOf(palette);
  const textOf = (count: number, total: number) =>
    said.shares ? shareText(count, total).replace(" %", "") : formatCount(count);
  return [
    {
      type: "scatter",
      mode: "text",
      uid: `ls-${layers[at]?.slot ?? 0}-${at}-numbers`,
      ...{ xaxis: named("x", at), yaxis: named("y", at), hoverinfo: "skip", cliponaxis: false },
      x: counts.flatMap((line) => line.map((_, place) => place)),
      y: counts.flatMap((line, row) => line.map(() => row)),
      text: counts.flatMap((line, row) => line.map((count) => textOf(count, totals[row] ?? 0))),
      textfont: {
        size: 10.5,
        color: sharesOf(matrix).flatMap((line) => line.map((share) => inkOn(mixed(low, high, share)))),
      },
    },
  ];
}

/** The widest number of a cell, in pixels. */
const digitsOf = (counts: readonly number[][]): number =>
  formatCount(counts.flat().reduce((most, count) => Math.max(most, count), 0)).length * 6 + 6;

/** One hue, from the ground to the accent: on a dark ground to as much of it as a white number is read on. */
function endsOf({ ground, accent }: Palette): [string, string] {
  const most = [1, 0.9, 0.8, 0.7, 0.6].find((share) => underWhite(mixed(ground, accent, share)) >= READABLE) ?? 1;
  return [mixed(ground, accent, 0.05), mixed(ground, accent, most)];
}

/** Of white and black one is read on any colour. */
const inkOn = (colour: string): string => (underWhite(colour) >= READABLE ? "rgb(255, 255, 255)" : "rgb(0, 0, 0)");

/** WCAG's least contrast for text of this size. */
const READABLE = 4.5;

/** WCAG's contrast between white and a colour. */
function underWhite(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}

function mixed(one: string, other: string, share: number): string {
  const [from, to] = [one, other].map((colour) => (plainColour(colour).match(/[\d.]+/g) ?? []).map(Number));
  const parts = [0, 1, 2].map((at) => Math.round((from?.[at] ?? 0) * (1 - share) + (to?.[at] ?? 0) * share));
  return `rgb(${parts.join(", ")})`;
}

const TEXT = { xref: "paper", yref: "paper", showarrow: false };

function layoutOf(
  layers: readonly Layer[],
  classes: readonly string[],
  panels: readonly Panel[],
  said: Said,
  { palette, width, height }: Frame,
): object {
  const font = { size: 10.5, color: palette.text };
  const scale = wordsOf(classes);
  const axes = panels.flatMap((panel, at) => {
    const longest = classes.reduce((most, name) => Math.max(most, shortened(name).length), 1);
    const xTicks = ticksOf(scale, panel.width / (longest * 6 + 8));
    const yTicks = ticksOf(scale, panel.height / 13);
    const plain = { showgrid: false, fixedrange: true };
    const domains = {
      x: [panel.left / width, (panel.left + panel.width) / width],
      y: [1 - (panel.top + panel.height) / height, 1 - panel.top / height],
    };
    const [x, y] = [named("x", at), named("y", at)];
    return [
      [
        x.replace("x", "xaxis"),
        { ...axis(palette, scale.range, xTicks, false), ...plain, domain: domains.x, anchor: y },
      ],
      [
        y.replace("y", "yaxis"),
        {
          ...axis(palette, [scale.range[1], scale.range[0]], yTicks, false),
          ...{ ...plain, domain: domains.y, anchor: x },
        },
      ],
    ];
  });
  const annotations = panels.flatMap((panel, at) => {
    const [left, right] = [panel.left / width, (panel.left + panel.width) / width];
    const [top, bottom] = [1 - panel.top / height, 1 - (panel.top + panel.height) / height];
    const name = { ...TEXT, x: left, y: top, xanchor: "left", yanchor: "bottom", yshift: 13, font };
    const up = { ...TEXT, x: left, y: top, xanchor: "left", yanchor: "bottom", xshift: 8 - panel.room, font };
    const along = { ...TEXT, x: right, y: bottom, xanchor: "right", yanchor: "top", yshift: -16, font };
    return [
      ...(layers.length > 1 ? [{ ...name, text: plotText(shortened(layers[at]?.name ?? "")) }] : []),
      { ...up, text: plotText(shortened(said.xLabel)) },
      { ...along, text: plotText(shortened(said.yLabel)) },
    ];
  });
  return {
    ...template(palette, width, height),
    margin: { l: 0, r: 0, t: 0, b: 0 },
    hovermode: "closest",
    dragmode: false,
    ...Object.fromEntries(axes),
    annotations,
  };
}
