// Bars: a number for each word, lying or standing, one beside the other where several experiments have one.

import { hueOf } from "../palette.ts";
import { linearRange, type Range } from "../plots/ticks.ts";
import { layoutOf, type Scale, scaleOf, wordsOf } from "./axes.ts";
import type { Form, Frame, Layer, Pointed } from "./drawn.ts";
import type { Said } from "./form.ts";
import { readingOf } from "./reading.ts";
import { type Cell, cellOf, column, isNumeric, placeable, type Row, textOf } from "./rows.ts";

const BAR = { least: 14, most: 480, around: 60 };

interface Columns {
  word: string;
  number: string;
}

/** Whichever way round they were named: words are words. */
function columnsOf(said: Said, layers: readonly Layer[]): Columns {
  const [y = ""] = said.ys;
  const rows = layers.flatMap((layer) => layer.rows);
  const lying = said.form !== "columns";
  const [number, word] = lying ? [said.x, y] : [y, said.x];
  const turned = !isNumeric(column(rows, number)) && isNumeric(column(rows, word));
  return turned ? { word: number, number: word } : { word, number };
}

/** Bars grow from zero, so zero is always there. */
const fromZero = (low: number, high: number): Range => {
  const [from, to] = linearRange(Math.min(0, low), Math.max(0, high));
  return [low >= 0 ? 0 : from, high <= 0 ? 0 : to];
};

export const bars: Form = {
  height(said, layers) {
    if (said.form === "columns") return 0;
    const words = wordsIn(said, layers, columnsOf(said, layers));
    return Math.min(BAR.most, BAR.around + words.length * Math.max(BAR.least, 6 * layers.length));
  },
  draw(said, layers, frame) {
    const columns = columnsOf(said, layers);
    const lying = said.form !== "columns";
    const words = wordsOf(wordsIn(said, layers, columns));
    const numbers = scaleOf(
      layers.flatMap(({ rows }) => column(rows, columns.number)),
      fromZero,
    );
    const traces = layers.map((layer, index) => traceOf(layer, index, columns, words, numbers, lying, frame));
    const [x, y] = lying ? [numbers, words] : [words, numbers];
    const layout = layoutOf(
      { x, y, xLabel: said.xLabel, yLabel: said.yLabel, down: lying, xPlain: !lying, yPlain: lying },
      frame,
    );
    return {
      data: traces.map(({ trace }) => trace),
      layout: { ...layout, barmode: "group", bargap: 0.3, bargroupgap: 0.05 },
      names: new Map(traces.map(({ uid, layer }) => [uid, layer.name])),
      read: ({ trace, point }: Pointed) => {
        const found = traces[trace];
        return found && typeof point === "number" ? readingOf(found.layer, found.rows[point]) : null;
      },
    };
  },
};

/** In the order of the rows; sorted ones with the longest bar first. */
function wordsIn(said: Said, layers: readonly Layer[], { word, number }: Columns): string[] {
  const largest = new Map<string, number>();
  for (const { rows } of layers) {
    for (const row of rows) {
      const name = textOf(cellOf(row, word));
      const value = placeable(cellOf(row, number)) ?? Number.NEGATIVE_INFINITY;
      largest.set(name, Math.max(largest.get(name) ?? Number.NEGATIVE_INFINITY, value));
    }
  }
  const words = [...largest.keys()];
  if (said.form !== "sorted bars") return words;
  return words.sort((a, b) => (largest.get(b) ?? 0) - (largest.get(a) ?? 0));
}

interface Traced {
  trace: object;
  uid: string;
  layer: Layer;
  rows: Row[];
}

function traceOf(
  layer: Layer,
  index: number,
  columns: Columns,
  words: Scale,
  numbers: Scale,
  lying: boolean,
  { palette }: Frame,
): Traced {
  const colour = palette.hues[hueOf(layer.slot) - 1] ?? palette.text;
  const uid = `ls-${layer.slot}-${index}-bar`;
  // Two rows of one word are one bar, the later one: on top of each other they would look like their sum.
  const last = new Map<Cell, Row>(layer.rows.map((row) => [textOf(cellOf(row, columns.word)), row]));
  const rows = [...last.values()];
  const at = rows.map((row) => words.place(cellOf(row, columns.word)));
  const sizes = rows.map((row) => numbers.place(cellOf(row, columns.number)));
  const [x, y] = lying ? [sizes, at] : [at, sizes];
  const trace = {
    type: "bar",
    uid,
    orientation: lying ? "h" : "v",
    x,
    y,
    hoverinfo: "none",
    marker: { color: colour },
  };
  return { trace, uid, layer, rows };
}
