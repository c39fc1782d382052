// Lines as Plotly traces and a layout: the template every chart shares.

import { dashOf } from "../palette.ts";
import { faded, type Palette } from "../theme.ts";
import { bandTraces } from "./band.ts";
import { type Axes, alone, type Curve, endOf, type Line, type Mark, markText } from "./lines.ts";
import { METRIC, type XAxis } from "./options.ts";
import { MARGIN } from "./pixels.ts";
import { rangesOf } from "./ranges.ts";
import { plotText } from "./text.ts";
import { durationTicks, linearTicks, logTicks, type Range, type Ticks, timeTicks } from "./ticks.ts";
import { BASE, colourOf, ENDS, uidOf } from "./traces.ts";

export interface FigureOptions {
  axes: Axes;
  palette: Palette;
  width: number;
  height: number;
  /** A stretch of x somebody dragged open, or null for all. */
  zoom: Range | null;
  /** What the chart shows now; its axes stay where the lines still fit. */
  shown?: Figure | null;
}

export interface Figure {
  data: object[];
  layout: object;
  x: Range;
  y: Range;
  /** Two figures with the same frame differ in nothing but their traces. */
  frame: string;
}

const WIDTH = 1.75;
/** The logged values behind a smoothed line. */
const BEHIND = { width: 1, strength: 0.28 };
/** Marks of one kind nearer to each other than this are one. */
const MARKS_APART = 10;
/** One tick per so many pixels. */
const APART = { x: 46, y: 23 };
/** How wide a letter of a tick may be, in pixels. */
const LETTER = 6.5;

export function figure(lines: readonly Line[], options: FigureOptions): Figure {
  const { axes, palette, width, height, zoom, shown } = options;
  const kept = shown?.frame.startsWith(kindOf(axes)) ? shown : null;
  const { x, y } = rangesOf(lines, { axes, zoom, shown: kept });
  const plot = { width: width - MARGIN.l - MARGIN.r, height: height - MARGIN.t - MARGIN.b };
  const layout = layoutOf({ x, y, ...plot }, options, beginsHigh(lines, x, y));
  return {
    data: [
      ...lines.flatMap((line, index) => bandTraces(line, index, palette, y[0])),
      ...lines.flatMap((line, index) => behind(line, index, palette)),
      ...lines.flatMap((line, index) => tracesOf(line, index, palette, { x, y, width: plot.width })),
      ...endTraces(lines, palette),
    ],
    layout,
    x,
    y,
    frame: kindOf(axes) + JSON.stringify(layout),
  };
}

/** The same ranges on other axes say something else. */
const kindOf = ({ x, y }: Axes): string => `${x} ${y}\n`;

/** Whether lines begin in the upper half, where a note would lie on them. */
function beginsHigh(lines: readonly Line[], [from]: Range, [low, high]: Range): boolean {
  const first = ({ x, y }: Line) => y.find((value, at) => value !== null && (x[at] ?? from) >= from);
  const begins = lines.map(first).filter((value) => typeof value === "number" && Number.isFinite(value)) as number[];
  return begins.filter((value) => value > (low + high) / 2).length * 2 > begins.length;
}

function layoutOf(
  plot: Frame & { height: number },
  { axes, palette, width, height }: FigureOptions,
  high: boolean,
): object {
  const { x, y } = plot;
  const xTicks = roomy(ticksOf(axes.x, x, Math.max(2, plot.width / APART.x)), x, plot.width);
  const yTicks = (axes.y === "log" ? logTicks : linearTicks)(y, Math.max(2, plot.height / APART.y));
  const isLog = axes.y === "log";
  return {
    ...template(palette, width, height),
    xaxis: axis(palette, x, xTicks, false),
    yaxis: { ...axis(palette, isLog ? [Math.log10(y[0]), Math.log10(y[1])] : y, yTicks, isLog), fixedrange: true },
    annotations: [axisLabel(axes.x), ...baseNotes(xTicks, yTicks, high)],
  };
}

export function template(palette: Palette, width: number, height: number): object {
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

export function axis(palette: Palette, range: Range, ticks: Ticks, log: boolean): object {
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
    ticklabeloverflow: "allow",
    automargin: false,
  };
}

function axisLabel(x: XAxis): object {
  const place = { x: 1, y: 0, xref: "paper", yref: "paper", xanchor: "right", yanchor: "top", yshift: -15 };
  return { ...place, text: plotText(axisName(x)), showarrow: false, font: { size: 10.5 } };
}

/**
 * What the ticks of an axis have to be added to: at the upper end of the y axis, or at its lower one where what is drawn
 * begins `high`, and below the beginning of the x axis.
 */
export function baseNotes(x: Ticks, y: Ticks, high = false): object[] {
  const note = { x: 0, xref: "paper", yref: "paper", xanchor: "left", yanchor: "top", showarrow: false };
  const said = ({ base }: Ticks) => ({ text: plotText(`${base} +`), font: { size: 10.5 } });
  return [
    ...(y.base ? [{ ...note, ...said(y), ...(high ? { y: 0, yanchor: "bottom" } : { y: 1 }), xshift: 2 }] : []),
    ...(x.base ? [{ ...note, ...said(x), y: 0, yshift: -15 }] : []),
  ];
}

/** Without the texts that would be cut at the edge. Plotly could find them too, at the price of a layout for each. */
function roomy({ values, texts, ...rest }: Ticks, [from, to]: Range, width: number): Ticks {
  const isCut = (text: string, at: number) => {
    const middle = (((values[at] ?? 0) - from) / (to - from)) * width;
    const half = (text.length * LETTER) / 2;
    return middle - half < -MARGIN.l || middle + half > width + MARGIN.r;
  };
  return { ...rest, values, texts: texts.map((text, at) => (isCut(text, at) ? "" : text)) };
}

const axisName = (x: XAxis): string =>
  x === "relative" ? "since start" : x.startsWith(METRIC) ? x.slice(METRIC.length) : x;

function ticksOf(x: XAxis, range: Range, about: number): Ticks {
  if (x === "time") return timeTicks(range, about);
  if (x === "relative") return durationTicks(range, about);
  // There is no step between two steps.
  return x === "step" ? linearTicks(range, Math.min(about, range[1] - range[0])) : linearTicks(range, about);
}

interface Frame {
  x: Range;
  y: Range;
  width: number;
}

/** What was logged, faint behind the smoothed lines of all experiments. */
function behind(line: Line, index: number, palette: Palette): object[] {
  if (!line.soft) return [];
  const colour = faded(colourOf(line, palette), BEHIND.strength);
  return curveTraces(line, { color: colour, width: BEHIND.width }, 3, (part) => uidOf(line, index, `raw-${part}`));
}

function tracesOf(line: Line, index: number, palette: Palette, frame: Frame): object[] {
  const colour = colourOf(line, palette);
  const uid = (part: string) => uidOf(line, index, part);
  const front = line.soft ?? line;
  const traces = curveTraces(front, { color: colour, width: WIDTH, dash: dashOf(line.slot, palette.dashed) }, 5, uid);
  for (const mark of line.marks)
    traces.push({ ...BASE, ...markTrace(mark, colour, palette, frame), uid: uid(`mark-${mark.kind}`) });
  return traces;
}

interface Stroke {
  color: string;
  width: number;
  dash?: string;
}

/** A line, and dots where a point stands between two gaps. */
function curveTraces(curve: Curve, line: Stroke, size: number, uid: (part: string) => string): object[] {
  const { x, y } = curve;
  const traces: object[] = [{ ...BASE, uid: uid("line"), mode: "lines", x, y, connectgaps: false, line }];
  const dots = alone(curve);
  if (dots.x.length > 0)
    traces.push({ ...BASE, uid: uid("dots"), mode: "markers", ...dots, marker: { color: line.color, size } });
  return traces;
}

/** The ends of one kind are one trace, however many lines there are: half of what Plotly does is done for each trace. */
function endTraces(lines: readonly Line[], palette: Palette): object[] {
  return (["running", "stale", "failed"] as const).flatMap((ending) => {
    const ends = lines.flatMap((line) => {
      const end = line.ending === ending ? endOf(line.soft ?? line) : null;
      return end ? [{ ...end, slot: line.slot, colour: colourOf(line, palette) }] : [];
    });
    if (ends.length === 0) return [];
    const colours = ends.map(({ colour }) => colour);
    const marker = {
      running: { symbol: "circle", size: 7, color: colours, line: { width: 4, color: colours.map(halo) } },
      // The style sheet makes this ring a dashed one: Plotly draws no dashed markers.
      stale: { symbol: "circle", size: 9, color: palette.ground, line: { width: 1.5, color: colours } },
      failed: { symbol: "x-thin", size: 7, color: colours, line: { width: 2, color: colours } },
    }[ending];
    const places = { x: ends.map(({ x }) => x), y: ends.map(({ y }) => y) };
    const meta = ends.map(({ slot }) => slot);
    return [{ ...BASE, uid: `${ENDS}-${ending}`, mode: "markers", ...places, meta, marker, cliponaxis: false }];
  });
}

const halo = (colour: string): string => faded(colour, 0.25);

const SYMBOLS = { nan: "diamond-open", inf: "triangle-up-open", "-inf": "triangle-down-open", below: "triangle-down" };

/** On the edge, because the value has no place within: infinity at the top, everything else at the bottom. */
function markTrace(mark: Mark, colour: string, palette: Palette, { x, y, width }: Frame): object {
  const perPixel = (x[1] - x[0]) / Math.max(width, 1);
  const places = thinned(
    mark.x.filter((place) => place >= x[0] && place <= x[1]),
    MARKS_APART * perPixel,
  );
  const late = ((places[0] ?? 0) - x[0]) / (x[1] - x[0]) > 0.75;
  const top = mark.kind === "inf";
  return {
    mode: "markers+text",
    x: places,
    y: places.map(() => (top ? y[1] : y[0])),
    // The first says what all of them are.
    text: places.map((_, at) => (at === 0 ? plotText(markText(mark)) : "")),
    textposition: `${top ? "bottom" : "top"} ${late ? "left" : "right"}`,
    textfont: { size: 10.5, color: palette.text },
    cliponaxis: false,
    marker: { symbol: SYMBOLS[mark.kind], size: 8, color: colour, line: { width: 1.5, color: colour } },
  };
}

function thinned(places: readonly number[], apart: number): number[] {
  const kept: number[] = [];
  for (const place of places) if (kept.length === 0 || place - (kept.at(-1) ?? 0) >= apart) kept.push(place);
  return kept;
}
