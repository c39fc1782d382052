// Which charts are shown, and in what order: found by name, pinned first, the rest by the prefix of their names.

import { type ChartSpec, prefixOf } from "./charts.ts";
import type { Options } from "./options.ts";

export interface Group {
  /** A prefix, or `PINNED`. */
  key: string;
  title: string;
  charts: ChartSpec[];
  closed: boolean;
}

export const PINNED = "\u0000pinned";
/** With no more charts than this, headings would say less than they take. */
const PLAIN = 8;

export function groupsOf(charts: readonly ChartSpec[], options: Options): Group[] {
  const wanted = options.find.trim().toLowerCase();
  const found = sorted(
    charts.filter(({ metric }) => metric.toLowerCase().includes(wanted)),
    options.order,
  );
  const pinned = found.filter(({ metric }) => options.pinned.includes(metric));
  const groups = new Map<string, ChartSpec[]>(pinned.length > 0 ? [[PINNED, pinned]] : []);
  for (const chart of found) {
    if (pinned.includes(chart)) continue;
    const prefix = prefixOf(chart.metric);
    const group = groups.get(prefix);
    if (group) group.push(chart);
    else groups.set(prefix, [chart]);
  }
  return [...groups].map(([key, list]) => ({ key, title: titleOf(key), charts: list, closed: isClosed(key, options) }));
}

const titleOf = (key: string): string => (key === PINNED ? "Pinned" : key || "other");

/** What somebody searches is shown wherever it is. */
const isClosed = (key: string, { closed, find }: Options): boolean => find.trim() === "" && closed.includes(key);

export function needsHeads(groups: readonly Group[]): boolean {
  const count = groups.reduce((sum, { charts }) => sum + charts.length, 0);
  return groups.some(({ key, closed }) => closed || key === PINNED) || (groups.length > 1 && count > PLAIN);
}

/** One group of all: without headings nothing should break the rows. */
export function together(groups: readonly Group[]): Group[] {
  const charts = groups.flatMap((group) => group.charts);
  return charts.length > 0 ? [{ key: "", title: "", charts, closed: false }] : [];
}

function sorted(charts: ChartSpec[], order: readonly string[]): ChartSpec[] {
  const rank = new Map(order.map((metric, at) => [metric, at]));
  const at = ({ metric }: ChartSpec) => rank.get(metric) ?? order.length;
  return charts.sort((a, b) => at(a) - at(b));
}

/** The order with `metric` moved to where `target` stands, among `all` as they are shown. */
export function moved(all: readonly string[], metric: string, target: string): readonly string[] {
  const from = all.indexOf(metric);
  const to = all.indexOf(target);
  if (from < 0 || to < 0 || from === to) return all;
  const rest = all.filter((other) => other !== metric);
  rest.splice(to, 0, metric);
  return rest;
}
