// A trend as Plotly traces: the commits of a branch as rings on a line, running experiments as dots.

import { shortSha } from "../format.ts";
import { hueOf } from "../palette.ts";
import { axis, baseNotes, template } from "../plots/figure.ts";
import { MARGIN } from "../plots/pixels.ts";
import { plotText } from "../plots/text.ts";
import { linearRange, linearTicks, type Range } from "../plots/ticks.ts";
import { faded, type Palette } from "../theme.ts";
import type { Trend } from "./trend.ts";

/** A short sha takes so many pixels. */
const LABEL = 46;
const ROW = 23;

export interface TrendFigure {
  data: object[];
  layout: object;
}

export function trendFigure(trend: Trend, palette: Palette, width: number, height: number): TrendFigure {
  const { commits, rings, dots } = trend;
  const values = [...rings, ...dots].map(({ y }) => y);
  const y = linearRange(Math.min(...values), Math.max(...values));
  const x: Range = [-0.3, Math.max(1, commits.length - 1) + 0.3];
  const every = Math.max(1, Math.ceil(commits.length / Math.max(1, (width - MARGIN.l - MARGIN.r) / LABEL)));
  // Counted from the newest: that one always has its name.
  const named = commits.map((_, at) => at).filter((at) => (commits.length - 1 - at) % every === 0);
  const texts = named.map((at) => shortSha(commits[at]?.sha ?? "").slice(0, 4));
  const ring = palette.hues[4] ?? palette.text;
  const base = { type: "scatter", hoverinfo: "skip", cliponaxis: false };
  const xTicks = { values: named, texts };
  const yTicks = linearTicks(y, Math.max(2, (height - MARGIN.t - MARGIN.b) / ROW));
  return {
    data: [
      {
        ...base,
        mode: "lines+markers",
        x: rings.map((spot) => spot.x),
        y: rings.map((spot) => spot.y),
        line: { color: ring, width: 1.75 },
        marker: { size: 7, color: palette.ground, line: { color: ring, width: 1.75 } },
      },
      ...dots.map((dot) => {
        const colour = dot.slot === null ? palette.text : (palette.hues[hueOf(dot.slot) - 1] ?? palette.text);
        const marker = { size: 7, color: colour, line: { width: 4, color: faded(colour, 0.25) } };
        return { ...base, mode: "markers", x: [dot.x], y: [dot.y], marker, name: plotText(dot.name) };
      }),
    ],
    layout: {
      ...template(palette, width, height),
      dragmode: false,
      xaxis: { ...axis(palette, x, xTicks, false), showgrid: false, fixedrange: true },
      yaxis: { ...axis(palette, y, yTicks, false), fixedrange: true },
      annotations: [
        {
          ...{ x: 1, y: 0, xref: "paper", yref: "paper", xanchor: "right", yanchor: "top", yshift: -16 },
          text: "commit",
          showarrow: false,
          font: { size: 10.5 },
        },
        ...baseNotes(xTicks, yTicks),
      ],
    },
  };
}
