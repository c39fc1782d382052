// Everything the browser knows, and the one pure way it changes.

import type { Changes, Commit, Experiment, Project, Trouble } from "./contract.ts";
import { follow } from "./speed.ts";

export interface State {
  seq: number;
  /** The server's clock when it last spoke, as it said it. */
  now: string | null;
  /** False until everything that existed when we asked has arrived, or was waited for long enough. */
  complete: boolean;
  /** How the store stands, where it does not stand well: each message says it anew. */
  trouble: Trouble | null;
  /** Whether what arrived last said that it was cut and the rest follows. */
  more: boolean;
  /** Moves only when rows appear, vanish or change place, so that sorting 10,000 rows is not done for one number. */
  structure: number;
  experiments: ReadonlyMap<string, Experiment>;
  projects: ReadonlyMap<string, Project>;
  commits: ReadonlyMap<string, readonly Commit[]>;
}

export const emptyState: State = {
  seq: 0,
  now: null,
  complete: false,
  trouble: null,
  more: false,
  structure: 0,
  experiments: new Map(),
  projects: new Map(),
  commits: new Map(),
};

/** The state after `changes`. What is already known tells the time and nothing else. */
export function apply(state: State, changes: Changes): State {
  const trouble = changes.trouble ?? null;
  const said = { now: changes.now, complete: state.complete || !changes.more, more: changes.more, trouble };
  const known = changes.seq <= state.seq && state.now !== null;
  if (known) return { ...state, now: changes.now, complete: said.complete, trouble };
  if (isBeat(changes)) return { ...state, ...said, seq: changes.seq };
  return {
    ...said,
    seq: changes.seq,
    structure: state.structure + (movesRows(state, changes) ? 1 : 0),
    experiments: withExperiments(state.experiments, changes),
    projects: withProjects(state.projects, changes.projects),
    commits: withCommits(state.commits, changes.commits),
  };
}

/** The state when what is missing shall not be waited for any longer. */
export const settled = (state: State): State => ({ ...state, complete: true });

function isBeat({ experiments, deleted, projects, commits }: Changes): boolean {
  return experiments.length + deleted.length + projects.length + commits.length === 0;
}

function movesRows(state: State, { experiments, deleted, projects, commits }: Changes): boolean {
  if (projects.length > 0 || commits.length > 0) return true;
  if (deleted.some((id) => state.experiments.has(id))) return true;
  return experiments.some((experiment) => placeOf(experiment) !== placeOf(state.experiments.get(experiment.id)));
}

/** What decides where a row stands. */
function placeOf(experiment: Experiment | undefined): string {
  if (!experiment) return "";
  const { repo_url, baseline_sha, place, started_at } = experiment;
  return JSON.stringify([repo_url, baseline_sha, place.kind, started_at]);
}

function withExperiments(known: State["experiments"], { experiments, deleted }: Changes): State["experiments"] {
  if (experiments.length + deleted.length === 0) return known;
  const all = new Map(known);
  for (const id of deleted) all.delete(id);
  for (const experiment of experiments) {
    follow(known.get(experiment.id), experiment);
    all.set(experiment.id, experiment);
  }
  return all;
}

function withProjects(known: State["projects"], projects: Project[]): State["projects"] {
  if (projects.length === 0) return known;
  const all = new Map([...known, ...projects.map((project) => [project.id, project] as const)]);
  for (const project of projects) if (project.deleted) all.delete(project.id);
  return all;
}

/** A repository that is mentioned at all is mentioned whole. */
function withCommits(known: State["commits"], commits: Commit[]): State["commits"] {
  if (commits.length === 0) return known;
  const mentioned = new Map<string, Commit[]>();
  for (const commit of commits) {
    const list = mentioned.get(commit.repo_url);
    if (list) list.push(commit);
    else mentioned.set(commit.repo_url, [commit]);
  }
  return new Map([...known, ...mentioned]);
}
