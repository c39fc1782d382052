// Lines as Plotly traces and a layout: the template every chart shares.

import { dashOf, hueOf } from "../palette.ts";
import { faded, type Palette } from "../theme.ts";
import type { XAxis } from "../view.ts";
import { type Axes, endOf, type Line, type Mark } from "./lines.ts";
import { plotText } from "./text.ts";
import {
  durationTicks,
  linearRange,
  linearTicks,
  logRange,
  logTicks,
  type Range,
  type Ticks,
  timeTicks,
} from "./ticks.ts";

export const MARGIN = { l: 38, r: 12, t: 8, b: 30 };

export interface FigureOptions {
  axes: Axes;
  palette: Palette;
  width: number;
  height: number;
  /** A stretch of x somebody dragged open, or null for all. */
  zoom: Range | null;
}

export interface Figure {
  data: object[];
  layout: object;
  x: Range;
  y: Range;
}

const WIDTH = 1.75;
/** One tick per so many pixels. */
const APART = { x: 46, y: 23 };

export function figure(lines: readonly Line[], options: FigureOptions): Figure {
  const { axes, palette, width, height } = options;
  const x = options.zoom ?? xRange(lines, axes.x);
  const y = yRange(lines, axes.y, options.zoom);
  const plot = { width: width - MARGIN.l - MARGIN.r, height: height - MARGIN.t - MARGIN.b };
  const xTicks = ticksOf(axes.x, x, Math.max(2, plot.width / APART.x));
  const yTicks = (axes.y === "log" ? logTicks : linearTicks)(y, Math.max(2, plot.height / APART.y));
  const isLog = axes.y === "log";
  return {
    data: lines.flatMap((line, index) => tracesOf(line, index, palette, { x, floor: y[0] })),
    layout: {
      ...template(palette, width, height),
      xaxis: axis(palette, x, xTicks, false),
      yaxis: { ...axis(palette, isLog ? [Math.log10(y[0]), Math.log10(y[1])] : y, yTicks, isLog), fixedrange: true },
      annotations: [axisName(axes.x)],
    },
    x,
    y,
  };
}

function template(palette: Palette, width: number, height: number): object {
  return {
    width,
    height,
    margin: MARGIN,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: palette.font, size: 10.5, color: palette.text },
    showlegend: false,
    // The tooltip is our own: it sorts, formats like the table and stays off the lines.
    hovermode: false,
    dragmode: "zoom",
  };
}

function axis(palette: Palette, range: Range, ticks: Ticks, log: boolean): object {
  return {
    type: log ? "log" : "linear",
    range: [...range],
    autorange: false,
    tickmode: "array",
    tickvals: ticks.values,
    ticktext: ticks.texts.map(plotText),
    gridcolor: palette.grid,
    gridwidth: 1,
    zeroline: false,
    showline: false,
    ticks: "",
    ticklabelstandoff: 4,
    automargin: false,
  };
}

function axisName(x: XAxis): object {
  const place = { x: 1, y: 0, xref: "paper", yref: "paper", xanchor: "right", yanchor: "top", yshift: -16 };
  return { ...place, text: x === "relative" ? "since start" : x, showarrow: false, font: { size: 10.5 } };
}

function ticksOf(x: XAxis, range: Range, about: number): Ticks {
  if (x === "time") return timeTicks(range, about);
  return x === "relative" ? durationTicks(range, about) : linearTicks(range, about);
}

function xRange(lines: readonly Line[], axis: XAxis): Range {
  const [low, high] = extent(lines.flatMap(({ x }) => [x[0] ?? 0, x.at(-1) ?? 0]));
  const start = axis !== "time" && low >= 0 && low < high / 4 ? 0 : low;
  return start === high ? [start - 0.5, high + 0.5] : [start, high];
}

function yRange(lines: readonly Line[], scale: Axes["y"], zoom: Range | null): Range {
  const inSight = (line: Line, at: number) => !zoom || ((line.x[at] ?? 0) >= zoom[0] && (line.x[at] ?? 0) <= zoom[1]);
  const values = lines.flatMap((line) =>
    line.y.filter((value, at): value is number => value !== null && inSight(line, at)),
  );
  if (values.length === 0) return scale === "log" ? [0.1, 10] : [0, 1];
  return scale === "log" ? logRange(...extent(values)) : linearRange(...extent(values));
}

function extent(values: number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 1] : [low, high];
}

interface Frame {
  x: Range;
  floor: number;
}

/** A trace's uid becomes a class on its lines; the slot in it lets the page bring one experiment to the front. */
function tracesOf(line: Line, index: number, palette: Palette, frame: Frame): object[] {
  const colour = palette.hues[hueOf(line.slot) - 1] ?? palette.text;
  const base = { type: "scatter", hoverinfo: "skip", cliponaxis: true };
  const uid = (part: string) => `ls-${line.slot}-${index}-${part}`;
  const alone = line.y.filter((value) => value !== null).length === 1;
  const traces: object[] = [
    {
      ...base,
      uid: uid("line"),
      mode: alone ? "markers" : "lines",
      x: line.x,
      y: line.y,
      connectgaps: false,
      line: { color: colour, width: WIDTH, dash: dashOf(line.slot) },
      marker: { color: colour, size: 5 },
    },
  ];
  const marks = [
    [line.broken, "diamond-open"],
    [line.below, "triangle-down"],
  ] as const;
  for (const [mark, symbol] of marks) {
    if (mark) traces.push({ ...base, ...floorMark(mark, symbol, colour, palette, frame), uid: uid(symbol) });
  }
  const end = endMark(line, colour, palette);
  if (end) traces.push({ ...base, ...end, uid: uid(line.ending), cliponaxis: false });
  return traces;
}

function endMark(line: Line, colour: string, palette: Palette): object | null {
  const end = endOf(line);
  if (!end || line.ending === "none") return null;
  const marker = {
    running: { symbol: "circle", size: 7, color: colour, line: { width: 4, color: faded(colour, 0.25) } },
    // The style sheet makes this ring a dashed one: Plotly draws no dashed markers.
    stale: { symbol: "circle", size: 9, color: palette.ground, line: { width: 1.5, color: colour } },
    failed: { symbol: "x-thin", size: 7, color: colour, line: { width: 2, color: colour } },
  }[line.ending];
  return { mode: "markers", x: [end.x], y: [end.y], marker };
}

/** On the axis, because the value has no place above it. */
function floorMark({ x, text }: Mark, symbol: string, colour: string, palette: Palette, frame: Frame): object {
  const late = (x - frame.x[0]) / (frame.x[1] - frame.x[0]) > 0.75;
  return {
    mode: "markers+text",
    x: [x],
    y: [frame.floor],
    text: [plotText(text)],
    textposition: late ? "top left" : "top right",
    textfont: { size: 10.5, color: palette.text },
    cliponaxis: false,
    marker: { symbol, size: 8, color: colour, line: { width: 1.5, color: colour } },
  };
}
