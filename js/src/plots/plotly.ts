// The part of Plotly this product draws with. A file of its own, loaded when the first chart is about to be seen.

import bar from "plotly.js/lib/bar";
import Plotly from "plotly.js/lib/core";
import heatmap from "plotly.js/lib/heatmap";
// The strict variant compiles nothing at run time, so the page's content security policy may forbid that.
import parcoords from "plotly.js/src/traces/parcoords/strict";

Plotly.register([bar, heatmap, parcoords]);

export default Plotly;

/**
 * Draws a chart that nobody sees, in two tasks: the first drawing of a page takes three times as long as the next, because
 * its code is compiled, and nothing answers meanwhile.
 */
export async function warm(): Promise<void> {
  const el = document.createElement("div");
  const size = { width: 200, height: 100 };
  const line = { type: "scatter" as const, mode: "lines" as const, x: [0, 1, 2], y: [0, 2, 1] };
  const dots = { ...line, mode: "markers" as const, marker: { color: ["red", "red", "red"] } };
  const bare = { showticklabels: false };
  await Plotly.newPlot(el, [line], { ...size, xaxis: bare, yaxis: bare });
  await new Promise((done) => setTimeout(done));
  await Plotly.react(el, [line, dots], { ...size, annotations: [{ text: "a", showarrow: false }] });
  Plotly.purge(el);
}

// What draws with it and with nothing else.
export { formFor } from "../logged/forms.ts";
export { trendFigure } from "../trends/figure.ts";
export { Chart } from "./chart.ts";
