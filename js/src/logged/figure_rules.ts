// The traces and axes that a logged figure may have, attribute by attribute.

import {
  cells,
  colour,
  eachOf,
  either,
  flag,
  grid,
  like,
  listOf,
  number,
  oneOf,
  type Rule,
  shape,
  text,
} from "./clean.ts";

const numbers = either(number, listOf(number));
const texts = either(text, listOf(text));
const colours = either(colour, number, listOf(either(colour, number)));
const scale = either(
  like(/^[A-Za-z]{3,16}(_r)?$/),
  eachOf((stop) => stopOf(stop), 100),
);
const axisId = (letter: string): Rule => like(new RegExp(`^${letter}\\d{0,2}$`));
const word = like(/^[a-z0-9 -]{1,40}$/);
const ends = listOf(either(number, text), 2);

function stopOf(stop: unknown): unknown {
  if (!Array.isArray(stop)) return undefined;
  const [at, tone] = [number(stop[0]), colour(stop[1])];
  return at === undefined || tone === undefined ? undefined : [at, tone];
}

const stroke = { color: colour, width: number, dash: oneOf("solid", "dash", "dot", "dashdot", "longdash") };
const scaled = { colorscale: scale, cmin: number, cmax: number, showscale: flag, reversescale: flag };
const marker = shape({
  ...{ ...scaled, color: colours, size: numbers, symbol: either(word, listOf(word)), opacity: numbers },
  ...{ sizemode: oneOf("area", "diameter"), sizeref: number, sizemin: number },
  line: shape({ color: colours, width: numbers }),
});
const errors = shape({
  ...{ array: listOf(number), arrayminus: listOf(number), value: number, visible: flag, symmetric: flag },
  ...{ type: oneOf("data", "constant", "percent", "sqrt"), color: colour, thickness: number, width: number },
});
const every = {
  ...{ name: text, opacity: number, showlegend: flag, legendgroup: text, xaxis: axisId("x"), yaxis: axisId("y") },
  visible: either(flag, oneOf("legendonly")),
};
const LINE_SHAPES = oneOf("linear", "spline", "hv", "vh", "hvh", "vhv");
const FILLS = oneOf("none", "tozeroy", "tozerox", "tonexty", "tonextx", "toself", "tonext");

export const TRACES: Readonly<Record<string, Rule>> = {
  scatter: shape({
    ...{ ...every, x: cells, y: cells, text: texts, textposition: word, connectgaps: flag, stackgroup: text },
    mode: like(/^(none|(lines|markers|text)(\+(lines|markers|text)){0,2})$/),
    ...{ line: shape({ ...stroke, shape: LINE_SHAPES, smoothing: number }), marker, fill: FILLS, fillcolor: colour },
    ...{ error_x: errors, error_y: errors, orientation: oneOf("v", "h") },
  }),
  bar: shape({
    ...{ ...every, x: cells, y: cells, base: either(number, cells), width: numbers, offset: numbers },
    ...{ orientation: oneOf("v", "h"), text: texts, textposition: word, marker, error_x: errors, error_y: errors },
  }),
  heatmap: shape({
    ...{ ...every, x: cells, y: cells, z: grid, zmin: number, zmax: number, zmid: number, xgap: number, ygap: number },
    ...{ colorscale: scale, showscale: flag, reversescale: flag, text: listOf(listOf(text), 5000) },
    texttemplate: oneOf("%{text}", "%{z}"),
  }),
  parcoords: shape({
    ...{ name: text, line: shape({ ...scaled, color: either(colour, listOf(number)) }) },
    dimensions: eachOf(
      shape({
        label: text,
        values: listOf(number),
        range: listOf(number, 2),
        tickvals: listOf(number),
        ticktext: listOf(text),
      }),
      60,
    ),
  }),
};

const titled = either(shape({ text }), (value) => (typeof value === "string" ? { text: text(value) } : undefined));
const font = shape({ size: number, color: colour });
const place = { x: either(number, text), y: either(number, text) };
const reference = like(/^(paper|[xy]\d{0,2}( domain)?)$/);

export const AXIS = shape({
  ...{ title: titled, type: oneOf("-", "linear", "log", "date", "category"), range: ends, domain: listOf(number, 2) },
  ...{
    autorange: either(flag, oneOf("reversed")),
    anchor: like(/^(free|[xy]\d{0,2})$/),
    overlaying: like(/^[xy]\d{0,2}$/),
  },
  ...{ side: oneOf("left", "right", "top", "bottom"), position: number, showgrid: flag, zeroline: flag, visible: flag },
  ...{ tickmode: oneOf("auto", "linear", "array"), tickvals: cells, ticktext: listOf(text), tickangle: number },
  ...{ dtick: number, tick0: number, categoryorder: word, categoryarray: cells, showticklabels: flag },
  ...{ scaleanchor: like(/^[xy]\d{0,2}$/), scaleratio: number, matches: like(/^[xy]\d{0,2}$/) },
});

export const LAYOUT = shape({
  ...{ barmode: oneOf("group", "stack", "overlay", "relative"), bargap: number, bargroupgap: number, showlegend: flag },
  annotations: eachOf(
    shape({
      ...{ ...place, text, xref: reference, yref: reference, showarrow: flag, ax: number, ay: number, font },
      ...{ xanchor: word, yanchor: word, xshift: number, yshift: number, textangle: number, align: word },
    }),
    100,
  ),
  shapes: eachOf(
    shape({
      // No path: nobody can read what it says.
      ...{ type: oneOf("rect", "line", "circle"), xref: reference, yref: reference, x0: either(number, text) },
      ...{ x1: either(number, text), y0: either(number, text), y1: either(number, text), opacity: number },
      ...{ fillcolor: colour, line: shape(stroke), layer: oneOf("above", "below") },
    }),
    100,
  ),
});
