// Rows as curves and dots: plain lines, scatter, smoothed ones, and what scikit-learn plots with its known number.

import { dashOf, hueOf } from "../palette.ts";
import { plotText } from "../plots/text.ts";
import type { Range } from "../plots/ticks.ts";
import { faded, type Palette } from "../theme.ts";
import { layoutOf, numberScale, type Scale, scaleOf } from "./axes.ts";
import type { Drawn, Form, Frame, Layer, Pointed, Reading } from "./drawn.ts";
import type { Said } from "./form.ts";
import { areaUnder, averagePrecision, loess } from "./numbers.ts";
import { readingOf } from "./reading.ts";
import { cellOf, column, type Row } from "./rows.ts";

/** Dashes of several columns in one colour. */
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash"];
const WIDTH = 1.75;
/** Curves of shares: their axes are the whole of what a share can be, so that two of them can be compared. */
const SHARES = new Set(["roc", "det", "precision_recall", "calibration"]);
const WHOLE: Range = [-0.02, 1.02];
/** What no better than chance, or perfectly calibrated, looks like. */
const DIAGONAL = new Map([
  ["roc", "chance"],
  ["calibration", "perfect"],
]);
/** So many numbers stand in the plot; more of them are read where the pointer is. */
const NUMBERS_MOST = 7;

interface Places {
  x: Scale;
  y: Scale;
}

export const curves: Form = {
  height: () => 0,
  draw(said, layers, frame) {
    const scales = scalesOf(said, layers);
    const traces = layers.flatMap((layer, index) => tracesOf(said, layer, index, scales, frame));
    const reference = DIAGONAL.has(said.kind) ? [diagonal(frame.palette)] : [];
    const labels = { xLabel: said.xLabel, yLabel: yLabelOf(said) };
    const layout = layoutOf({ ...scales, ...labels }, frame) as { annotations: object[] };
    const annotations = [...layout.annotations, ...summary(said, layers, frame)];
    const rows = traces.map(({ read }) => read);
    return {
      data: [...traces.map(({ trace }) => trace), ...reference],
      layout: { ...layout, annotations },
      names: new Map(traces.flatMap(({ uid, name }) => (name ? [[uid, name]] : []))),
      read: ({ trace, point }: Pointed) => (typeof point === "number" ? (rows[trace]?.(point) ?? null) : null),
    } satisfies Drawn;
  },
};

function scalesOf(said: Said, layers: readonly Layer[]): Places {
  if (SHARES.has(said.kind)) return { x: numberScale(WHOLE), y: numberScale(WHOLE) };
  const all = layers.flatMap(({ rows }) => rows);
  return { x: scaleOf(column(all, said.x)), y: scaleOf(said.ys.flatMap((name) => column(all, name))) };
}

/** Several columns say by their dashes which is which. */
const yLabelOf = ({ ys, yLabel, form }: Said): string =>
  ys.length > 1 && form !== "scatter"
    ? `${yLabel} (${ys.map((_, at) => DASHES[at % DASHES.length]).join(", ")})`
    : yLabel;

interface Traced {
  trace: object;
  uid: string;
  /** Where it is the one that a legend names. */
  name: string | null;
  read(point: number): Reading | null;
}

const BASE = { type: "scatter", hoverinfo: "none", cliponaxis: false };

function tracesOf(said: Said, layer: Layer, index: number, scales: Places, { palette, width }: Frame): Traced[] {
  const colour = palette.hues[hueOf(layer.slot) - 1] ?? palette.text;
  return said.ys.flatMap((name, at): Traced[] => {
    const spots = spotsOf(layer.rows, said.x, name, scales);
    const uid = `ls-${layer.slot}-${index}-${at}`;
    const dash = said.ys.length > 1 ? DASHES[at % DASHES.length] : dashOf(layer.slot, palette.dashed);
    const legend = at === 0 ? layer.name : null;
    const read = (kept: Spots) => (point: number) => readingOf(layer, kept.rows[point]);
    const places = ({ x, y }: Spots) => ({ x, y });
    const line = { color: colour, width: WIDTH, dash };
    if (said.form === "scatter") {
      const kept = distinct(spots, scales, width);
      const marker = { color: faded(colour, 0.75), size: 5, symbol: at === 0 ? "circle" : "diamond" };
      return [
        { trace: { ...BASE, uid, mode: "markers", ...places(kept), marker }, uid, name: legend, read: read(kept) },
      ];
    }
    const marked = said.kind === "calibration" || spots.x.length === 1;
    const mode = marked ? "lines+markers" : "lines";
    const marker = { color: colour, size: 5 };
    const plain = { trace: { ...BASE, uid, mode, ...places(spots), line, marker, connectgaps: false }, uid };
    if (said.form !== "smooth") return [{ ...plain, name: legend, read: read(spots) }];
    const behind = { ...BASE, uid: `${uid}-raw`, mode: "markers", ...places(spots) };
    const soft = loess(spots.x, spots.y);
    const front = { ...BASE, hoverinfo: "skip", uid, mode: "lines", ...soft, line };
    const faint = { color: faded(colour, 0.3), size: 4 };
    return [
      { trace: { ...behind, marker: faint }, uid: `${uid}-raw`, name: null, read: read(spots) },
      { trace: front, uid, name: legend, read: () => null },
    ];
  });
}

interface Spots {
  x: (number | null)[];
  y: (number | null)[];
  rows: Row[];
}

/** In the order of the rows; a row without a place breaks the line. */
function spotsOf(rows: readonly Row[], xName: string, yName: string, { x, y }: Places): Spots {
  const spots: Spots = { x: [], y: [], rows: [] };
  for (const row of rows) {
    const [left, up] = [x.place(cellOf(row, xName)), y.place(cellOf(row, yName))];
    if (left === null) continue;
    spots.x.push(left);
    spots.y.push(up);
    spots.rows.push(row);
  }
  return spots;
}

const DOT = 2;

/** Without those that would be drawn on top of another: nobody sees them, and the browser draws each. */
function distinct({ x, y, rows }: Spots, scales: Places, width: number): Spots {
  const seen = new Set<string>();
  const kept: Spots = { x: [], y: [], rows: [] };
  const pixels = (range: Range, place: number) =>
    Math.round(((place - range[0]) / (range[1] - range[0])) * (width / DOT));
  rows.forEach((row, at) => {
    const [left, up] = [x[at], y[at]];
    if (left == null || up == null) return;
    const place = `${pixels(scales.x.range, left)} ${pixels(scales.y.range, up)}`;
    if (seen.has(place)) return;
    seen.add(place);
    kept.x.push(left);
    kept.y.push(up);
    kept.rows.push(row);
  });
  return kept;
}

function diagonal(palette: Palette): object {
  const line = { color: faded(palette.text, 0.6), width: 1, dash: "dot" };
  return { ...BASE, hoverinfo: "skip", mode: "lines", x: [0, 1], y: [0, 1], line };
}

const NUMBERS = new Map<string, { word: string; of(x: number[], y: number[]): number; corner: "left" | "right" }>([
  ["roc", { word: "AUC", of: areaUnder, corner: "right" }],
  ["precision_recall", { word: "AP", of: averagePrecision, corner: "left" }],
]);

/** The number everybody asks of such a curve, in the corner that the curve leaves free. */
function summary(said: Said, layers: readonly Layer[], { palette }: Frame): object[] {
  const number = NUMBERS.get(said.kind);
  const [name] = said.ys;
  if (!number || name === undefined || layers.length > NUMBERS_MOST) return [];
  return layers.map((layer, at) => {
    const { x, y } = spotsOf(layer.rows, said.x, name, { x: numberScale(WHOLE), y: numberScale(WHOLE) });
    const known = x.flatMap((left, row) => (left === null || y[row] == null ? [] : [[left, y[row]] as const]));
    const value = number.of(
      known.map(([left]) => left),
      known.map(([, up]) => up as number),
    );
    const colour = palette.hues[hueOf(layer.slot) - 1] ?? palette.text;
    return {
      ...{ x: number.corner === "right" ? 1 : 0, y: 0, xref: "paper", yref: "paper", showarrow: false },
      ...{ xanchor: number.corner, yanchor: "bottom", yshift: 4 + 14 * (layers.length - 1 - at) },
      xshift: number.corner === "right" ? -4 : 4,
      text: `<span style="color:${colour}">■</span> ${plotText(`${number.word} ${value.toFixed(4)}`)}`,
      font: { size: 10.5, color: palette.text },
    };
  });
}
