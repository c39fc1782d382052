// Which rows the table has, in which order. Python said where an experiment hangs; here it is only put there.

import type { Commit, Experiment, Project } from "./contract.ts";
import type { Repeats } from "./repeats/repeats.ts";
import type { State } from "./state.ts";

export interface CommitGroup {
  commit: Commit;
  /** Experiment ids, newest first. Ids and not experiments: a group outlives a thousand new values. */
  experiments: string[];
}

export interface Section {
  key: string;
  /** Null for the Detached section. */
  branch: string | null;
  detached: string[];
  groups: CommitGroup[];
  /** Commits that are left out, or dimmed, because nothing of theirs is new. */
  hidden: number;
}

export type Row =
  | { kind: "section"; key: string; section: Section; count: number; open: boolean }
  | { kind: "commit"; key: string; group: CommitGroup; open: boolean; first: boolean; last: boolean }
  | { kind: "experiment"; key: string; id: string; rail: Rail }
  | { kind: "repeats"; key: string; repeats: Repeats; open: boolean; rail: Rail };

/** The experiments that a row stands for. */
export function idsOfRow(row: Row | undefined): readonly string[] {
  if (row?.kind === "repeats") return row.repeats.ids;
  return row?.kind === "experiment" ? [row.id] : [];
}

export type Rail = "none" | "leaf" | "end";

/** Where a run stands whose commit Python has not sent: it must never vanish. */
const OTHER = "other commits";

/** A project is a view of one repository, or of a folder in it; without one, everything is shown. */
export function experimentsOf(state: State, project: Project | null): Experiment[] {
  const all = [...state.experiments.values()];
  return project ? all.filter((one) => one.repo_url === project.repo_url && isInside(one, project)) : all;
}

/** A run that does not say its folder may be anybody's: it is shown rather than missed. */
function isInside({ subdir }: Experiment, project: Project): boolean {
  return !subdir || !project.subdir || `${subdir}/`.startsWith(`${project.subdir}/`);
}

/** The Detached section on top, then branches, commits newest first, experiments under their commit. */
export function sectionsOf(
  state: State,
  experiments: Iterable<Experiment>,
  project: Project | null = null,
  showHidden = false,
): Section[] {
  const sorted = [...experiments].sort(newestFirst);
  const detached = sorted.filter(({ place }) => place.kind === "detached").map(({ id }) => id);
  const placed = sorted.filter(({ place }) => place.kind === "commit");
  const branches = branchesOf(state, placed, project ? (state.commits.get(project.repo_url) ?? []) : [], showHidden);
  const first = { key: "detached", branch: null, detached, groups: [], hidden: 0 };
  return detached.length > 0 ? [first, ...branches] : branches;
}

function newestFirst(a: Experiment, b: Experiment): number {
  if (a.started_at !== b.started_at) return a.started_at < b.started_at ? 1 : -1;
  // Started in one moment: as they were recorded. Ids are numbers in text, the longer one is larger.
  return b.id.length - a.id.length || (a.id < b.id ? 1 : -1);
}

/** `committed` are the commits to show whether or not an experiment started from them. */
function branchesOf(
  state: State,
  experiments: Experiment[],
  committed: readonly Commit[],
  showHidden: boolean,
): Section[] {
  const places = new Places(state);
  const groups = new Map<string, CommitGroup & { rank: number }>();
  for (const experiment of experiments) {
    const { repo_url, baseline_sha, id } = experiment;
    const key = `${baseline_sha} ${repo_url}`;
    const group = groups.get(key);
    if (group) group.experiments.push(id);
    else groups.set(key, { ...places.of(experiment), experiments: [id] });
  }
  const left = addCommitted(groups, places, committed, showHidden);
  const branches = new Map<string, Section>();
  for (const { rank: _, ...group } of [...groups.values()].sort(byRank)) {
    const { branch } = group.commit;
    const section = branches.get(branch) ?? newSection(branch, left.get(branch) ?? 0);
    section.groups.push(group);
    branches.set(branch, section);
  }
  return [...branches.values()];
}

/** Puts commits beside those that experiments hang on; returns how many each branch leaves out. */
function addCommitted(
  groups: Map<string, CommitGroup & Ranked>,
  places: Places,
  committed: readonly Commit[],
  showHidden: boolean,
): Map<string, number> {
  const left = new Map<string, number>();
  for (const commit of committed) {
    const key = `${commit.sha} ${commit.repo_url}`;
    if (groups.has(key) || commit.hidden === undefined) continue;
    if (commit.hidden) left.set(commit.branch, (left.get(commit.branch) ?? 0) + 1);
    if (!commit.hidden || showHidden) groups.set(key, { ...places.ranked(commit), experiments: [] });
  }
  return left;
}

const newSection = (branch: string, hidden: number): Section => ({
  key: `branch ${branch}`,
  branch,
  detached: [],
  groups: [],
  hidden,
});

type Ranked = { commit: Commit; rank: number };

const byRank = (a: Ranked, b: Ranked): number => a.rank - b.rank || a.commit.order - b.commit.order;

/** Finds commits by their sha, once per repository and not once per experiment. */
class Places {
  private readonly repositories = new Map<string, Map<string, Ranked>>();

  constructor(private readonly state: State) {}

  of({ repo_url, baseline_sha, started_at }: Experiment): Ranked {
    const known = this.repository(repo_url).get(baseline_sha);
    if (known) return known;
    const commit = { repo_url, sha: baseline_sha, title: "", author: "", time: started_at, branch: OTHER, order: 0 };
    return { commit, rank: Number.MAX_SAFE_INTEGER };
  }

  ranked(commit: Commit): Ranked {
    return this.repository(commit.repo_url).get(commit.sha) ?? { commit, rank: Number.MAX_SAFE_INTEGER };
  }

  /** Branches stand in the order Python lists them; commits it does not list come last. */
  private repository(repo_url: string): Map<string, Ranked> {
    const known = this.repositories.get(repo_url);
    if (known) return known;
    const ranks = new Map<string, number>();
    const commits = new Map<string, Ranked>();
    for (const commit of this.state.commits.get(repo_url) ?? []) {
      if (!ranks.has(commit.branch)) ranks.set(commit.branch, ranks.size);
      if (!commits.has(commit.sha)) commits.set(commit.sha, { commit, rank: ranks.get(commit.branch) ?? 0 });
    }
    this.repositories.set(repo_url, commits);
    return commits;
  }
}

/** The sections with only those experiments that `keep` wants; what becomes empty is left out, and `bare` commits stay. */
export function filterSections(sections: Section[], keep: (id: string) => boolean, bare = false): Section[] {
  return sections
    .map((section) => ({
      ...section,
      detached: section.detached.filter(keep),
      groups: section.groups
        .filter(({ experiments }) =>
          bare ? experiments.length === 0 || experiments.some(keep) : experiments.some(keep),
        )
        .map((group) => ({ ...group, experiments: group.experiments.filter(keep) })),
    }))
    .filter(({ detached, groups }) => detached.length + groups.length > 0);
}

/** Which experiments pass, null for all; and whether their order counts. */
interface Ranks {
  ranks: ReadonlyMap<string, number> | null;
  sorted: boolean;
}

/** The sections with what passes, sorted within each group, and without what is put out of sight. */
export function inRanks(sections: Section[], { ranks, sorted }: Ranks, concealed: readonly string[]): Section[] {
  if (!ranks && concealed.length === 0) return sections;
  const hidden = new Set(concealed);
  const kept = filterSections(sections, (id) => (ranks?.has(id) ?? true) && !hidden.has(id), ranks === null);
  if (!ranks || !sorted) return kept;
  const inOrder = (ids: string[]) => [...ids].sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
  return kept.map((section) => ({
    ...section,
    detached: inOrder(section.detached),
    groups: section.groups.map((group) => ({ ...group, experiments: inOrder(group.experiments) })),
  }));
}

/** All experiments in one list: as ranked, else newest first. */
export function flatRows(sections: Section[], { ranks, sorted }: Ranks, state: State): Row[] {
  const ids = sections.flatMap(idsOf);
  if (ranks && sorted) ids.sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
  else ids.sort((a, b) => newestFirst(state.experiments.get(a) as Experiment, state.experiments.get(b) as Experiment));
  return ids.map((id): Row => ({ kind: "experiment", key: `run ${id}`, id, rail: "none" }));
}

export const idsOf = ({ detached, groups }: Section): string[] => [
  ...detached,
  ...groups.flatMap(({ experiments }) => experiments),
];

/** The rows on screen, with closed groups closed. */
export function rowsOf(sections: Section[], collapsed: ReadonlySet<string>): Row[] {
  return sections.flatMap((section) => {
    const open = !collapsed.has(section.key);
    const head: Row = { kind: "section", key: section.key, section, count: idsOf(section).length, open };
    if (!open) return [head];
    const detached = section.detached.map((id): Row => ({ kind: "experiment", key: `run ${id}`, id, rail: "none" }));
    return [head, ...detached, ...section.groups.flatMap((_, index) => groupRows(section, index, collapsed))];
  });
}

export interface GroupKeys {
  sections: readonly string[];
  commits: readonly string[];
}

/** The keys of everything that can be closed. */
export const groupKeys = (sections: readonly Section[]): GroupKeys => ({
  sections: sections.map(({ key }) => key),
  commits: sections.flatMap(({ key, groups }) =>
    groups.filter(({ experiments }) => experiments.length > 0).map(({ commit }) => commitKey(key, commit)),
  ),
});

const commitKey = (section: string, { sha }: Commit): string => `${section} ${sha}`;

function groupRows({ key, groups }: Section, index: number, collapsed: ReadonlySet<string>): Row[] {
  const group = groups[index] as CommitGroup;
  const groupKey = commitKey(key, group.commit);
  const open = !collapsed.has(groupKey);
  const last = index === groups.length - 1;
  const head: Row = { kind: "commit", key: groupKey, group, open, first: index === 0, last };
  if (!open) return [head];
  const end = group.experiments.length - 1;
  return [
    head,
    ...group.experiments.map(
      (id, at): Row => ({ kind: "experiment", key: `run ${id}`, id, rail: last && at === end ? "end" : "leaf" }),
    ),
  ];
}

/** A project by its id, or by the address of its repository, by which a folder knows it that has logged nothing yet. */
export function wantedProject({ projects }: State, wanted: string): Project | undefined {
  return projects.get(wanted) ?? [...projects.values()].find(({ repo_url }) => repo_url === wanted);
}

/** The project to open with: the wanted one, else the one where something happened last. */
export function chooseProject(state: State, wanted: string): Project | null {
  const named = wantedProject(state, wanted);
  if (named) return named;
  const newest = [...state.experiments.values()].reduce<Experiment | null>(
    (best, experiment) => (best && best.updated_at >= experiment.updated_at ? best : experiment),
    null,
  );
  const all = [...state.projects.values()];
  return all.find(({ repo_url }) => repo_url === newest?.repo_url) ?? (newest ? null : (all[0] ?? null));
}
