// A Plotly figure that somebody logged: its data in our dress, and nothing else of it.

import { template } from "../plots/figure.ts";
import type { Palette } from "../theme.ts";
import { faded } from "../theme.ts";
import type { Drawn, Form, Frame, Layer, Pointed } from "./drawn.ts";
import { AXIS, LAYOUT, TRACES } from "./figure_rules.ts";
import { countsIn, edgesOf } from "./numbers.ts";
import { shown } from "./reading.ts";
import { type Cell, placeable } from "./rows.ts";

const TRACES_MOST = 100;
const LEAST = 240;

interface Trace {
  type: string;
  name?: string;
  x?: Cell[];
  y?: Cell[];
  z?: Cell[][];
  text?: unknown;
  showlegend?: boolean;
}

/** What is looked at of an object that anything may be in. */
interface Said {
  data?: unknown;
  layout?: unknown;
  type?: unknown;
  x?: unknown;
  y?: unknown;
  name?: unknown;
  opacity?: unknown;
  marker?: unknown;
  xaxis?: unknown;
  yaxis?: unknown;
  showlegend?: unknown;
  width?: unknown;
  orientation?: unknown;
}

const objectOf = (value: unknown): Said =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Said) : {};

/** Only traces of the kinds we draw, each cleaned by its rules. */
export function tracesOf(body: unknown): Trace[] {
  const { data } = objectOf(body);
  if (!Array.isArray(data)) return [];
  return data.slice(0, TRACES_MOST).flatMap((one): Trace[] => {
    if (one === null) return [];
    const said = objectOf(one);
    const type = said.type === undefined || said.type === "scattergl" ? "scatter" : String(said.type);
    const [kind, made] = type === "histogram" ? ["bar", binned(said)] : [type, said];
    const rule = Object.hasOwn(TRACES, kind) ? TRACES[kind] : undefined;
    return rule ? [{ ...(rule(made) as Omit<Trace, "type">), type: kind }] : [];
  });
}

/** Our Plotly draws no histograms: its bars are made here. */
function binned(said: Said): Said {
  const lying = said.x === undefined;
  const list = said[lying ? "y" : "x"];
  const values = Array.isArray(list) ? list.map((value) => placeable(value)).filter((value) => value !== null) : [];
  const edges = edgesOf(values);
  const [x, y] = [edges.slice(1).map((edge, at) => (edge + (edges[at] ?? edge)) / 2), countsIn(edges, values)];
  const width = (edges[1] ?? 1) - (edges[0] ?? 0);
  const { name, opacity, marker, xaxis, yaxis, showlegend } = said;
  const bars = lying ? { x: y, y: x, orientation: "h" } : { x, y };
  return { ...bars, width, name, opacity, marker, xaxis, yaxis, showlegend };
}

export const figureForm: Form = {
  height: () => LEAST,
  draw(_, [layer], frame): Drawn {
    const traces = tracesOf(layer?.body);
    const data = traces.map((trace, at) => ({
      ...trace,
      uid: `ls-figure-${at}`,
      ...(trace.type !== "parcoords" && { hoverinfo: "none" }),
    }));
    return {
      data,
      layout: layoutOf(objectOf(objectOf(layer?.body).layout), traces, frame),
      names: new Map(),
      read: ({ trace, point }: Pointed) => (layer ? readingOf(layer, traces[trace], point) : null),
    };
  },
};

function layoutOf(said: Said, traces: readonly Trace[], { palette, width, height }: Frame): object {
  const axes = Object.entries(said).filter(([key]) => /^[xy]axis\d{0,2}$/.test(key));
  const named = traces.filter(({ name, showlegend }) => name && showlegend !== false);
  const ours = {
    ...template(palette, width, height),
    colorway: palette.hues,
    margin: { l: 48, r: 16, t: 12, b: 36 },
    hovermode: "closest",
    dragmode: false,
    xaxis: axisOf({}, palette),
    yaxis: axisOf({}, palette),
    showlegend: named.length > 1,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 10.5 } },
    ...Object.fromEntries(axes.map(([key, axis]) => [key, axisOf(AXIS(axis) as object, palette)])),
  };
  return { ...ours, ...(LAYOUT(said) as object) };
}

const axisOf = ({ title, ...said }: { title?: object }, { grid, text }: Palette): object => ({
  ...{ gridcolor: grid, zeroline: false, linecolor: faded(text, 0.4), automargin: true, fixedrange: true },
  title: { ...title, font: { size: 10.5, color: text }, standoff: 6 },
  ...said,
});

function readingOf(layer: Layer, trace: Trace | undefined, point: Pointed["point"]): ReturnType<Drawn["read"]> {
  if (!trace) return null;
  const [row, at] = typeof point === "number" ? [null, point] : [point[0] ?? 0, point[1] ?? 0];
  const y = row === null ? trace.y?.[at] : (trace.y?.[row] ?? row);
  const lines = [
    ...(trace.name ? [{ label: "trace", text: plain(trace.name) }] : []),
    { label: "x", text: said(trace.x ? trace.x[at] : at) },
    { label: "y", text: said(y) },
    ...(row === null ? [] : [{ label: "value", text: said(trace.z?.[row]?.[at]) }]),
  ];
  return { ...layer, lines };
}

const said = (cell: Cell | undefined): string => (typeof cell === "string" ? plain(cell) : shown(cell ?? null));

/** As it was logged: what is written for Plotly is escaped, and the tooltip is not Plotly's. */
const plain = (text: string): string =>
  text.replaceAll("\u200b", "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
