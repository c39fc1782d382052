// Several runs as one line: its mean, the band around it, and how both are drawn.

import type { BandPoints, Experiment, GroupSeries } from "../contract.ts";
import { type Precision, toNumber } from "../format.ts";
import type { Repeats, Together } from "../repeats/repeats.ts";
import { BAND_WORDS, type BandKind, spreadText } from "../repeats/spread.ts";
import { faded, type Palette } from "../theme.ts";
import type { ChartSpec } from "./charts.ts";
import { type Axes, type Band, type Curve, drawn, type Ending, endingOf, type Line, marksAtSteps } from "./lines.ts";
import type { YScale } from "./options.ts";
import { BASE, colourOf, uidOf } from "./traces.ts";

const STRENGTH = 0.16;

export function lineOfGroup(group: GroupSeries, repeats: Repeats, slot: number, axes: Axes, ending: Ending): Line {
  const values = group.columns.value.map(toNumber);
  const front = group.smooth ?? group.columns;
  return {
    id: repeats.ids[0] ?? repeats.key,
    name: repeats.name,
    slot,
    ...curveOf(group.columns, axes),
    values,
    soft: group.smooth ? curveOf(group.smooth, axes) : null,
    ending,
    marks: axes.x === "step" ? marksAtSteps(group.odd) : [],
    band: bandOf(front),
    n: group.columns.n.map(toNumber),
  };
}

const placesOf = ({ step, x }: BandPoints): number[] => (x ?? step ?? []).map((at) => toNumber(at) ?? 0);

const curveOf = (points: BandPoints, { y }: Axes): Curve => ({
  x: placesOf(points),
  y: drawn(points.value.map(toNumber), y),
});

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);

const bandOf = (points: BandPoints): Band => ({
  x: placesOf(points),
  low: points.low.map((value) => finite(toNumber(value))),
  high: points.high.map((value) => finite(toNumber(value))),
});

/** A group goes on while any of its runs does; a run that failed among others is a matter of the table. */
export function endingOfAll(members: readonly Experiment[], now: number): Ending {
  const endings = new Set(members.map((member) => endingOf(member, now)));
  for (const ending of ["running", "stale"] as const) if (endings.has(ending)) return ending;
  return endings.size === 1 && endings.has("failed") ? "failed" : "none";
}

/** What the card of a chart says of its groups: `mean ± std over seed`, and `n = 3`; null where there are none. */
export function captionOf({ experiments }: ChartSpec, { repeats, over, band }: Together): Caption | null {
  const here = new Set(experiments.map(({ id }) => id));
  const sizes = repeats.map(({ ids }) => ids.filter((id) => here.has(id)).length).filter((size) => size > 0);
  if (sizes.length === 0) return null;
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  return {
    what: `${BAND_WORDS[band]} over ${over.join(", ")}`,
    n: `n = ${least === most ? most : `${least} to ${most}`}`,
  };
}

export interface Caption {
  what: string;
  n: string;
}

/** The edges of a band as curves, for the range of the axis. */
export function edgesOf({ band }: Line, scale: YScale): Curve[] {
  if (!band) return [];
  return [band.low, band.high].map((y) => ({ x: band.x, y: drawn(y, scale) }));
}

/** One filled shape for each stretch in which there is a band. What a log axis has no place for ends at its edge. */
export function bandTraces(line: Line, index: number, palette: Palette, floor: number): object[] {
  if (!line.band) return [];
  const [x, y]: [(number | null)[], (number | null)[]] = [[], []];
  for (const [from, to] of stretches(line.band)) {
    const places = line.band.x.slice(from, to);
    const [low, high] = [line.band.low, line.band.high].map((edge) =>
      edge.slice(from, to).map((value) => Math.max(value ?? floor, floor)),
    ) as [number[], number[]];
    x.push(...places, ...[...places].reverse(), null);
    y.push(...high, ...low.reverse(), null);
  }
  if (x.length === 0) return [];
  const fillcolor = faded(colourOf(line, palette), STRENGTH);
  const uid = uidOf(line, index, "band");
  return [{ ...BASE, uid, mode: "none", fill: "toself", fillcolor, x, y, connectgaps: false }];
}

/** From where to where there are both edges. */
function stretches({ low, high }: Band): [number, number][] {
  const found: [number, number][] = [];
  let from: number | null = null;
  for (let at = 0; at <= low.length; at += 1) {
    const there = low[at] != null && high[at] != null;
    if (there && from === null) from = at;
    else if (!there && from !== null) {
      found.push([from, at]);
      from = null;
    }
  }
  return found;
}

/** `± 0.0031 of 3`; the band stands around the line in front, which the smoothed one is where there is one. */
export function spreadAt(
  { band, n }: Line,
  mean: number | null,
  front: number,
  at: number,
  precision: Precision,
  kind: BandKind,
): string {
  const [low, high, count] = [band?.low[front], band?.high[front], n?.[at]];
  if (mean === null || low == null || high == null || !count) return count ? `of ${count}` : "";
  return `${spreadText({ mean, low, high, n: count }, kind, precision)} of ${count}`;
}
