// What a metric was over the commits of a branch, and where the runs that go on now stand.

import type { Goal } from "../arrange/arrangement.ts";
import { isBetter } from "../arrange/marks.ts";
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
  /** Where the rings are the best experiments of their commits: what is best. */
  goal?: Goal;
}

type Experiments = readonly Experiment[];

export const branchesOf = (commits: readonly Commit[]): string[] => [...new Set(commits.map(({ branch }) => branch))];

/** One trend for each metric that a commit holds or a running experiment has logged, in that order. */
export function trendsOf(
  branch: readonly Commit[],
  running: Experiments,
  project: Project | null,
  selection: Selection,
): Trend[] {
  const book = new Book(branch);
  book.commits.forEach((commit, x) => {
    for (const { path, y } of numbersOf(committedOf(commit, project))) book.trend(path).rings.push({ x, y });
  });
  book.dot(running, selection);
  return book.all();
}

/** One trend for each metric with a goal (by column key): what the best experiment of each commit has reached. */
export function bestsOf(
  branch: readonly Commit[],
  experiments: Experiments,
  goals: Readonly<Record<string, Goal>>,
  selection: Selection,
): Trend[] {
  const book = new Book(branch);
  for (const [x, run] of book.placed(experiments)) {
    for (const { key, path, y } of numbersOf(run)) {
      const goal = goals[key];
      if (!goal) continue;
      const trend = book.trend(path);
      trend.goal = goal;
      const ring = trend.rings.find((one) => one.x === x);
      if (!ring) trend.rings.push({ x, y });
      else if (isBetter(goal, y, ring.y)) ring.y = y;
    }
  }
  book.dot(
    experiments.filter(({ status }) => status === "running"),
    selection,
  );
  const trends = book.all().filter(({ goal }) => goal);
  for (const { rings } of trends) rings.sort((a, b) => a.x - b.x);
  return trends;
}

/** The trends over one branch, while they are made. */
class Book {
  /** From the oldest. */
  readonly commits: readonly Commit[];
  private readonly places: ReadonlyMap<string, number>;
  private readonly trends = new Map<string, Trend>();

  constructor(branch: readonly Commit[]) {
    this.commits = [...branch].sort((a, b) => b.order - a.order);
    this.places = new Map(this.commits.map(({ sha }, x) => [sha, x]));
  }

  trend(metric: string): Trend {
    const known = this.trends.get(metric) ?? { metric, commits: this.commits, rings: [], dots: [] };
    this.trends.set(metric, known);
    return known;
  }

  /** Those that hang at a commit of the branch, and at which. */
  placed(experiments: Experiments): [number, Experiment][] {
    return experiments.flatMap((run): [number, Experiment][] => {
      const x = this.places.get(run.baseline_sha);
      return x === undefined ? [] : [[x, run]];
    });
  }

  dot(running: Experiments, selection: Selection): void {
    for (const [x, run] of this.placed(running)) {
      const slot = selection.get(run.id) ?? null;
      for (const { path, y } of numbersOf(run)) this.trend(path).dots.push({ x, y, name: run.name, slot });
    }
  }

  all(): Trend[] {
    return [...this.trends.values()];
  }
}

function numbersOf(holder: Pick<Experiment, "metrics" | "params">): { key: string; path: string; y: number }[] {
  return [...fieldsOf(holder)].flatMap(([{ kind, key, path }, value]) => {
    const y = kind === "metric" ? toNumber(value) : null;
    return y !== null && Number.isFinite(y) && path !== "step" ? [{ key, path, y }] : [];
  });
}

/** A sentence for whoever does not see the chart. */
export function trendText({ metric, commits, rings, dots, goal }: Trend): string {
  const last = rings.at(-1);
  const newest = last ? `, ${last.y} at ${shortSha(commits[last.x]?.sha ?? "")}` : "";
  return `${goal ? "best " : ""}${metric} over ${commits.length} commits${newest}, ${dots.length} running`;
}
