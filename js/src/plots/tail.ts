// What came since the last answer, put where it belongs: a live chart need not fetch what it has.

import type { Odd, Points, Series, SeriesAnswer, Value } from "../contract.ts";

/** A line may get so much longer than it was asked for before it is reduced anew: points of 25 s at ten a second. */
const LONGER = 1.25;

/**
 * Both together, or null where something would be missing, or a line would be much longer than `points`. What was left
 * out of the first part may stay so: its extremes are there, and nothing is left out of the tail.
 */
export function grown(held: SeriesAnswer, tail: SeriesAnswer, points: number): SeriesAnswer | null {
  const known = new Map(held.series.map((one) => [keyOf(one), one]));
  if (tail.series.length !== known.size) return null;
  const series: Series[] = [];
  for (const news of tail.series) {
    const before = known.get(keyOf(news));
    if (before?.total !== news.total - news.columns.step.length) return null;
    const columns = merged(before.columns, news.columns);
    // Python goes on smoothing from all that came before; it sends no tail where that would not be the same line.
    const smooth = before.smooth && news.smooth ? merged(before.smooth, news.smooth) : null;
    if ((smooth === null) === (before.smooth !== undefined || news.smooth !== undefined)) return null;
    if (Math.max(columns.step.length, smooth?.step.length ?? 0) > points * LONGER) return null;
    series.push({ ...news, columns, ...(smooth && { smooth }), ...oddOf(before.odd, news.odd) });
  }
  return { ...tail, series };
}

const keyOf = ({ experiment, path }: Series): string => JSON.stringify([experiment, path]);

/** In order of where the points stand; among equals those that came first. */
function merged(before: Points, news: Points): Points {
  const [old, late] = [placesOf(before), placesOf(news)];
  if (late.length === 0) return before;
  const order = Number(old.at(-1) ?? Number.NEGATIVE_INFINITY) <= Number(late[0]) ? null : orderOf(old, late);
  const both = (one: Value[], two: Value[]) => {
    const all = [...one, ...two];
    return order ? order.map((at) => all[at] as Value) : all;
  };
  return {
    step: both(before.step, news.step),
    value: both(before.value, news.value),
    ...(before.time && news.time && { time: both(before.time, news.time) }),
    ...(before.x && news.x && { x: both(before.x, news.x) }),
  };
}

/** Times are only sent where they are the axis. */
const placesOf = ({ x, time, step }: Points): Value[] => x ?? time ?? step;

function orderOf(old: Value[], late: Value[]): number[] {
  const all = [...old, ...late];
  return all.map((_, at) => at).sort((a, b) => Number(all[a]) - Number(all[b]) || a - b);
}

function oddOf(before: Odd | undefined, news: Odd | undefined): { odd?: Odd } {
  const odd: Odd = { ...before };
  for (const [kind, { count, steps }] of Object.entries(news ?? {}) as [
    keyof Odd,
    { count: number; steps: number[] },
  ][]) {
    const known = odd[kind];
    odd[kind] = { count: count + (known?.count ?? 0), steps: [...(known?.steps ?? []), ...steps] };
  }
  return Object.keys(odd).length > 0 ? { odd } : {};
}
