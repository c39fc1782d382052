// What a metric was over the commits of a branch, and where the runs that go on now stand.

import { committedOf } from "../committed.ts";
import type { Commit, Experiment, Project } from "../contract.ts";
import { fieldsOf } from "../flat.ts";
import { shortSha, toNumber } from "../format.ts";
import type { Selection } from "../palette.ts";

export interface Spot {
  /** Which commit, from the oldest. */
  x: number;
  y: number;
}

export interface Dot extends Spot {
  name: string;
  /** Null where the run is not plotted in a colour. */
  slot: number | null;
}

export interface Trend {
  metric: string;
  commits: readonly Commit[];
  rings: Spot[];
  dots: Dot[];
}

export const branchesOf = (commits: readonly Commit[]): string[] => [...new Set(commits.map(({ branch }) => branch))];

/** One trend for each metric that a commit holds or a running experiment has logged, in that order. */
export function trendsOf(
  branch: readonly Commit[],
  running: readonly Experiment[],
  project: Project | null,
  selection: Selection,
): Trend[] {
  const commits = [...branch].sort((a, b) => b.order - a.order);
  const trends = new Map<string, Trend>();
  const trendOf = (metric: string): Trend => {
    const known = trends.get(metric);
    if (known) return known;
    const made: Trend = { metric, commits, rings: [], dots: [] };
    trends.set(metric, made);
    return made;
  };
  commits.forEach((commit, x) => {
    for (const [metric, y] of numbersOf(committedOf(commit, project))) trendOf(metric).rings.push({ x, y });
  });
  const places = new Map(commits.map(({ sha }, x) => [sha, x]));
  for (const run of running) {
    const x = places.get(run.baseline_sha);
    if (x === undefined) continue;
    const slot = selection.get(run.id) ?? null;
    for (const [metric, y] of numbersOf(run)) trendOf(metric).dots.push({ x, y, name: run.name, slot });
  }
  return [...trends.values()];
}

function numbersOf(holder: Pick<Experiment, "metrics" | "params">): [string, number][] {
  return [...fieldsOf(holder)].flatMap(([field, value]): [string, number][] => {
    const number = field.kind === "metric" ? toNumber(value) : null;
    return number !== null && Number.isFinite(number) && field.path !== "step" ? [[field.path, number]] : [];
  });
}

/** A sentence for whoever does not see the chart. */
export function trendText({ metric, commits, rings, dots }: Trend): string {
  const last = rings.at(-1);
  const newest = last ? `, ${last.y} at ${shortSha(commits[last.x]?.sha ?? "")}` : "";
  return `${metric} over ${commits.length} commits${newest}, ${dots.length} running`;
}
