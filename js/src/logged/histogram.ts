// A histogram: the values of a column counted in bins, the same bins for every experiment, so that they compare.

import { formatCount } from "../format.ts";
import { hueOf } from "../palette.ts";
import { plotText } from "../plots/text.ts";
import { linearTicks } from "../plots/ticks.ts";
import { faded } from "../theme.ts";
import { layoutOf, numberScale } from "./axes.ts";
import type { Form, Layer, Pointed } from "./drawn.ts";
import type { Said } from "./form.ts";
import { countsIn, edgesOf } from "./numbers.ts";
import { shown } from "./reading.ts";
import { cellOf, column, placeable } from "./rows.ts";

/** Of several on top of each other each is seen through. */
const THROUGH = 0.4;

const valuesOf = (layer: Layer, name: string): number[] =>
  column(layer.rows, name)
    .map(placeable)
    .filter((value) => value !== null);

/** What is there and has no bin: it is counted too. */
const oddOf = (layer: Layer, name: string): number =>
  layer.rows.filter((row) => cellOf(row, name) !== null && placeable(cellOf(row, name)) === null).length;

export const histogram: Form = {
  height: () => 0,
  draw(said, layers, frame) {
    const { palette } = frame;
    const values = layers.map((layer) => valuesOf(layer, said.x));
    const edges = edgesOf(values.flat());
    const counts = values.map((own) => countsIn(edges, own));
    const middles = edges.slice(1).map((edge, at) => (edge + (edges[at] ?? edge)) / 2);
    const widths = edges.slice(1).map((edge, at) => edge - (edges[at] ?? edge));
    const most = counts.flat().reduce((all, count) => Math.max(all, count), 1);
    const uids = layers.map(({ slot }, index) => `ls-${slot}-${index}-bin`);
    const data = layers.map(({ slot }, index) => {
      const colour = palette.hues[hueOf(slot) - 1] ?? palette.text;
      const marker = {
        color: layers.length > 1 ? faded(colour, THROUGH) : colour,
        line: { color: layers.length > 1 ? colour : palette.ground, width: 1 },
      };
      return { type: "bar", uid: uids[index], x: middles, y: counts[index], width: widths, hoverinfo: "none", marker };
    });
    const x = numberScale([edges[0] ?? 0, edges.at(-1) ?? 1]);
    const y = numberScale([0, most * 1.06]);
    const layout = layoutOf({ x, y, xLabel: said.xLabel, yLabel: labelOf(said, layers), xPlain: true }, frame);
    return {
      data,
      layout: { ...layout, barmode: "overlay", bargap: 0, ...wholeCounts(layout, most) },
      names: new Map(layers.map(({ name }, index) => [uids[index] ?? "", name])),
      read: ({ trace, point }: Pointed) => {
        const layer = layers[trace];
        if (!layer || typeof point !== "number") return null;
        const [from, to] = [shown(edges[point] ?? 0), shown(edges[point + 1] ?? 0)];
        const lines = [
          { label: said.x, text: `${from} to ${to}` },
          { label: "count", text: formatCount(counts[trace]?.[point] ?? 0) },
        ];
        return { ...layer, lines };
      },
    };
  },
};

function labelOf(said: Said, layers: readonly Layer[]): string {
  const odd = layers.reduce((sum, layer) => sum + oddOf(layer, said.x), 0);
  return odd > 0 ? `count (${formatCount(odd)} not finite)` : "count";
}

/** Nothing was counted half. */
function wholeCounts(layout: object, most: number): object {
  const { yaxis } = layout as { yaxis: object };
  const { values, texts } = linearTicks([0, most], 5);
  const whole = values
    .map((value, at) => [value, texts[at] ?? ""] as const)
    .filter(([value]) => Number.isInteger(value));
  const ticks = { tickvals: whole.map(([value]) => value), ticktext: whole.map(([, text]) => plotText(text)) };
  return { yaxis: { ...yaxis, ...ticks } };
}
