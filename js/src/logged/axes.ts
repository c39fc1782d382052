// Axes of logged plots: numbers as on every chart, or the words of a column in a row.

import { axis, baseNotes, template } from "../plots/figure.ts";
import { plotText } from "../plots/text.ts";
import { linearRange, linearTicks, type Range, type Ticks } from "../plots/ticks.ts";
import type { Palette } from "../theme.ts";
import type { Frame } from "./drawn.ts";
import { type Cell, isNumeric, placeable, textOf } from "./rows.ts";

export interface Scale {
  range: Range;
  /** Words in their order, or null where the axis is one of numbers. */
  words: readonly string[] | null;
  place(cell: Cell): number | null;
}

/** So wide is a character of a tick, about. */
const CHARACTER = 6;
const LETTERS_MOST = 16;
const APART = { x: 46, y: 23, word: 14 };
const EDGE = { t: 8, r: 12, b: 30, label: 12, least: 38 };

export function scaleOf(cells: readonly Cell[], range: (low: number, high: number) => Range = linearRange): Scale {
  if (isNumeric(cells) || cells.every((cell) => cell === null)) return numbers(cells, range);
  return wordsOf([...new Set(cells.filter((cell) => cell !== null).map(textOf))]);
}

export function wordsOf(words: readonly string[]): Scale {
  const places = new Map(words.map((word, at) => [word, at]));
  return { range: [-0.5, words.length - 0.5], words, place: (cell) => places.get(textOf(cell)) ?? null };
}

export const numberScale = (range: Range): Scale => ({ range, words: null, place: placeable });

function numbers(cells: readonly Cell[], range: (low: number, high: number) => Range): Scale {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const cell of cells) {
    const number = placeable(cell);
    if (number === null) continue;
    low = Math.min(low, number);
    high = Math.max(high, number);
  }
  return numberScale(low > high ? [0, 1] : range(low, high));
}

export interface Axes {
  x: Scale;
  y: Scale;
  xLabel: string;
  yLabel: string;
  /** Words of the y axis begin at the top. */
  down?: boolean;
  /** Whether the grid says nothing, as behind bars and cells. */
  xPlain?: boolean;
  yPlain?: boolean;
}

interface Margin {
  l: number;
  r: number;
  t: number;
  b: number;
}

/** The room around the plot: as much as its ticks and labels take. */
export function marginOf({ y, yLabel }: Axes, height: number): Margin {
  const t = EDGE.t + (yLabel ? EDGE.label : 0);
  const { texts } = ticksOf(y, (height - t - EDGE.b) / (y.words ? APART.word : APART.y));
  const longest = Math.max(0, ...texts.map(({ length }) => length));
  return { l: Math.max(EDGE.least, longest * CHARACTER + 12), r: EDGE.r, t, b: EDGE.b };
}

/** The template of every chart, with these axes. */
export function layoutOf(axes: Axes, { palette, width, height }: Frame): object {
  const margin = marginOf(axes, height);
  const room = { x: width - margin.l - margin.r, y: height - margin.t - margin.b };
  const { x, y, down } = axes;
  const longest = (x.words ?? []).reduce((most, word) => Math.max(most, Math.min(word.length, LETTERS_MOST)), 1);
  const xTicks = ticksOf(x, room.x / (x.words ? longest * CHARACTER + 8 : APART.x));
  const yTicks = ticksOf(y, room.y / (y.words ? APART.word : APART.y));
  return {
    ...template(palette, width, height),
    margin,
    dragmode: false,
    hovermode: "closest",
    hoverdistance: 24,
    xaxis: { ...axis(palette, x.range, xTicks, false), fixedrange: true, showgrid: !axes.xPlain },
    yaxis: {
      ...axis(palette, down ? [y.range[1], y.range[0]] : y.range, yTicks, false),
      fixedrange: true,
      showgrid: !axes.yPlain,
    },
    annotations: [
      ...xLabel(axes.xLabel, palette),
      ...yLabel(axes.yLabel, margin, palette),
      ...baseNotes(xTicks, yTicks),
    ],
  };
}

/** Enough ticks and not more; of words as many as have room. */
export function ticksOf(scale: Scale, about: number): Ticks {
  if (!scale.words) return linearTicks(scale.range, Math.max(2, about));
  const every = Math.max(1, Math.ceil(scale.words.length / Math.max(1, about)));
  const named = scale.words.map((_, at) => at).filter((at) => at % every === 0);
  return { values: named, texts: named.map((at) => shortened(scale.words?.[at] ?? "")) };
}

/** Without its middle: names of one kind begin alike, and differ at the end. */
export const shortened = (word: string): string =>
  word.length > LETTERS_MOST ? `${word.slice(0, LETTERS_MOST / 2)}…${word.slice(1 - LETTERS_MOST / 2)}` : word;

const LABEL = { xref: "paper", yref: "paper", showarrow: false };

export const xLabel = (text: string, { text: color }: Palette): object[] =>
  text
    ? [{ ...LABEL, x: 1, y: 0, xanchor: "right", yanchor: "top", yshift: -16, text: said(text), font: font(color) }]
    : [];

/** Above the axis and not along it: nobody has to turn the head. */
const yLabel = (text: string, { l }: Margin, { text: color }: Palette): object[] =>
  text
    ? [
        {
          ...LABEL,
          x: 0,
          y: 1,
          xanchor: "left",
          yanchor: "bottom",
          xshift: 8 - l,
          yshift: 1,
          text: said(text),
          font: font(color),
        },
      ]
    : [];

const font = (color: string): object => ({ size: 10.5, color });
const LABEL_MOST = 44;
const said = (text: string): string => plotText(text.length > LABEL_MOST ? `${text.slice(0, LABEL_MOST - 1)}…` : text);
