// New points in a chart whose axes stand still: only the lines that grew are drawn anew, in the very elements Plotly made
// for them. That is a tenth of what a whole drawing costs, and what is drawn is the same. Whatever else has changed is
// Plotly's to draw.

import type { Figure } from "./figure.ts";
import { MARGIN } from "./pixels.ts";

interface Trace {
  uid: string;
  mode: string;
  x: readonly number[];
  y: readonly (number | null)[];
}

/** From a point to its pixels, from the upper left corner of the plot. */
type Place = (x: number, y: number) => readonly [number, number];

/** Browsers draw what is farther out than this wrongly, and Plotly cuts it off. */
const FAR = 10_000;

/** Draws `next` into the chart in `el`, which shows `before`; false, and nothing done, where it takes a whole drawing. */
export function patched(el: HTMLElement, before: Figure, next: Figure): boolean {
  if (before.frame !== next.frame || before.data.length !== next.data.length) return false;
  const place = placeOf(next);
  const changes: (() => void)[] = [];
  for (const [index, now] of (next.data as Trace[]).entries()) {
    const was = before.data[index] as Trace;
    if (styleOf(was) !== styleOf(now)) return false;
    if (isSame(was.x, now.x) && isSame(was.y, now.y)) continue;
    const change = changeOf(el, now, place);
    if (!change) return false;
    changes.push(change, () => Object.assign(was, { x: now.x, y: now.y }));
  }
  for (const change of changes) change();
  return true;
}

/** Everything but its points. */
const styleOf = ({ x: _, y: __, ...style }: Trace): string => JSON.stringify(style);

const isSame = <T>(one: readonly T[], other: readonly T[]): boolean =>
  one === other || (one.length === other.length && one.every((value, at) => value === other[at]));

function placeOf({ x: [left, right], y: [bottom, top], layout }: Figure): Place {
  const { width, height, yaxis } = layout as { width: number; height: number; yaxis: { type: string } };
  const across = (width - MARGIN.l - MARGIN.r) / (right - left);
  const plain = yaxis.type === "log" ? Math.log10 : (value: number) => value;
  const tall = height - MARGIN.t - MARGIN.b;
  const [low, up] = [plain(bottom), tall / (plain(top) - plain(bottom))];
  return (x, y) => [rounded((x - left) * across), rounded(tall - (plain(y) - low) * up)];
}

const rounded = (pixels: number): number => Math.round(pixels * 100) / 100;

/** What draws a trace anew, or null where Plotly has to. */
function changeOf(el: HTMLElement, trace: Trace, place: Place): (() => void) | null {
  if ("fill" in trace || "text" in trace) return null;
  const group = el.querySelector(`.scatterlayer .trace${CSS.escape(trace.uid)}`);
  if (!group) return null;
  if (trace.mode === "lines") return setAll(group.querySelectorAll("path.js-line"), "d", pathsOf(trace, place));
  if (trace.mode === "markers")
    return setAll(group.querySelectorAll(".points path"), "transform", spotsOf(trace, place));
  return null;
}

function setAll(elements: NodeListOf<Element>, name: string, values: string[] | null): (() => void) | null {
  if (values?.length !== elements.length) return null;
  return () => {
    for (const [at, element] of elements.entries()) element.setAttribute(name, values[at] as string);
  };
}

/** A path for each part between two gaps; null where one leads too far out. */
function pathsOf({ x, y }: Trace, place: Place): string[] | null {
  const paths: string[] = [];
  let path = "";
  for (let at = 0; at < y.length; at += 1) {
    const value = y[at];
    if (value == null) {
      if (path !== "") paths.push(path);
      path = "";
      continue;
    }
    const [left, top] = place(x[at] ?? 0, value);
    if (!(Math.abs(left) < FAR && Math.abs(top) < FAR)) return null;
    path += `${path === "" ? "M" : "L"}${left},${top}`;
  }
  if (path !== "") paths.push(path);
  return paths;
}

function spotsOf({ x, y }: Trace, place: Place): string[] | null {
  const spots = x.map((at, index) => place(at, y[index] ?? Number.NaN));
  if (!spots.every(([left, top]) => Math.abs(left) < FAR && Math.abs(top) < FAR)) return null;
  return spots.map(([left, top]) => `translate(${left},${top})`);
}
