// Which charts are shown, and in what order: found by name, pinned first, the rest by the prefix of their names.

import type { LoggedSpec } from "../logged/logged.ts";
import { type ChartSpec, prefixOf } from "./charts.ts";
import type { Options } from "./options.ts";

/** One card: a metric's chart, or a plot that was logged as such. */
export interface Entry {
  /** What pins and orders hold. */
  id: string;
  name: string;
  group: string;
  of: { chart: ChartSpec } | { logged: LoggedSpec };
}

export interface Group {
  /** A prefix, `PINNED` or `LOGGED`. */
  key: string;
  title: string;
  charts: Entry[];
  closed: boolean;
}

// No metric's name holds such a character.
export const PINNED = "\u0000pinned";
export const LOGGED = "\u0000logged";
/** With no more charts than this, headings would say less than they take. */
const PLAIN = 8;

/** Metrics first, then what was logged as a plot. */
export const entriesOf = (charts: readonly ChartSpec[], logged: readonly LoggedSpec[]): Entry[] => [
  ...charts.map((chart) => ({
    id: chart.metric,
    name: chart.metric,
    group: prefixOf(chart.metric),
    of: { chart },
  })),
  ...logged.map((spec) => ({ id: `${LOGGED} ${spec.id}`, name: spec.name, group: LOGGED, of: { logged: spec } })),
];

export function groupsOf(entries: readonly Entry[], options: Options): Group[] {
  const wanted = options.find.trim().toLowerCase();
  const found = sorted(
    entries.filter(({ name }) => name.toLowerCase().includes(wanted)),
    options.order,
  );
  const pinned = found.filter(({ id }) => options.pinned.includes(id));
  const groups = new Map<string, Entry[]>(pinned.length > 0 ? [[PINNED, pinned]] : []);
  for (const entry of found) {
    if (pinned.includes(entry)) continue;
    const group = groups.get(entry.group);
    if (group) group.push(entry);
    else groups.set(entry.group, [entry]);
  }
  const logged = groups.get(LOGGED);
  groups.delete(LOGGED);
  if (logged) groups.set(LOGGED, logged);
  return [...groups].map(([key, list]) => ({ key, title: titleOf(key), charts: list, closed: isClosed(key, options) }));
}

const TITLES = new Map([
  [PINNED, "Pinned"],
  [LOGGED, "Plots"],
]);

const titleOf = (key: string): string => TITLES.get(key) ?? (key || "other");

/** What somebody searches is shown wherever it is. */
const isClosed = (key: string, { closed, find }: Options): boolean => find.trim() === "" && closed.includes(key);

export function needsHeads(groups: readonly Group[]): boolean {
  const count = groups.reduce((sum, { charts }) => sum + charts.length, 0);
  return groups.some(({ key, closed }) => closed || key === PINNED) || (groups.length > 1 && count > PLAIN);
}

/** One group of all metrics: without headings nothing should break the rows. Plots keep a heading of their own. */
export function together(groups: readonly Group[]): Group[] {
  const logged = groups.filter(({ key }) => key === LOGGED);
  const charts = groups.filter(({ key }) => key !== LOGGED).flatMap((group) => group.charts);
  return [...(charts.length > 0 ? [{ key: "", title: "", charts, closed: false }] : []), ...logged];
}

function sorted(entries: Entry[], order: readonly string[]): Entry[] {
  const rank = new Map(order.map((id, at) => [id, at]));
  const at = ({ id }: Entry) => rank.get(id) ?? order.length;
  return entries.sort((a, b) => at(a) - at(b));
}

/** The order with `id` moved to where `target` stands, among `all` as they are shown. */
export function moved(all: readonly string[], id: string, target: string): readonly string[] {
  const from = all.indexOf(id);
  const to = all.indexOf(target);
  if (from < 0 || to < 0 || from === to) return all;
  const rest = all.filter((other) => other !== id);
  rest.splice(to, 0, id);
  return rest;
}
