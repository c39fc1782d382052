// What is drawn, worked out from what is known and what is looked at. Each part is worked out again only when its own
// inputs have changed: most frames bring new numbers for a few rows and nothing else.

import type { Arrangement } from "./arrange/arrangement.ts";
import { alike } from "./arrange/differing.ts";
import { type Arranged, type Branches, Grid } from "./arrange/grid.ts";
import { type Yardstick, yardsticks } from "./arrange/marks.ts";
import { BRANCH } from "./arrange/values.ts";
import { type Baseline, committedBaseline, isCommit } from "./baseline.ts";
import type { Column, Measure } from "./columns.ts";
import { committedOf } from "./committed.ts";
import type { Experiment, Project } from "./contract.ts";
import type { Holder } from "./flat.ts";
import { Learning } from "./learning.ts";
import { folded } from "./repeats/fold.ts";
import { type Repeats, repeatsOf } from "./repeats/repeats.ts";
import {
  chooseProject,
  experimentsOf,
  filterSections,
  flatRows,
  type GroupKeys,
  groupKeys,
  idsOf,
  inRanks,
  type Row,
  rowsOf,
  type Section,
  sectionsOf,
  wantedProject,
} from "./sections.ts";
import type { State } from "./state.ts";
import { isLive } from "./status.ts";
import { adopt, follow, unseen, type View } from "./view.ts";

export interface Model {
  view: View;
  project: Project | null;
  experiments: readonly Experiment[];
  live: number;
  rows: readonly Row[];
  groups: GroupKeys;
  /** The experiments that filters let through, whether or not their group is open. */
  inView: readonly Experiment[];
  /** The columns in sight, as they are arranged; so many of them are pinned. */
  columns: readonly Column[];
  /** Names of the branches that experiments hang on, in the order of the rows. */
  branches: readonly string[];
  pinned: number;
  /** All there are. */
  known: readonly Column[];
  /** What others are compared with. */
  baseline: Baseline | undefined;
  yardsticks: ReadonlyMap<string, Yardstick>;
  /** How many experiments the filters let through, and how many somebody has put out of sight. */
  passing: number;
  /** There are rows that nobody has searched for columns yet. */
  unfinished: boolean;
  concealed: number;
}

/** A row that overtakes another may wait so long: rows that jump with every value cannot be read. */
const ORDER_EVERY = 2000;

export class Modeller {
  private readonly project = new Kept<Project | null>();
  private readonly shown = new Kept<Experiment[]>();
  private readonly staying = new Kept<Experiment[]>();
  private readonly sections = new Kept<Section[]>();
  private readonly branches = new Kept<Branches>();
  private readonly groups = new Kept<GroupKeys>();
  private readonly rows = new Kept<readonly Row[]>();
  private readonly committed = new Kept<Holder[]>();
  private readonly arranged = new Kept<Arranged>();
  private readonly ranked = new Kept<Section[]>();
  private readonly visible = new Kept<Section[]>();
  private readonly commit = new Kept<Baseline | undefined>();
  private readonly inView = new Kept<readonly Experiment[]>();
  private readonly widened = new Kept<readonly Column[]>();
  private repeats: readonly Repeats[] = [];
  private readonly alike = new Kept<string[]>();
  private readonly grid = new Grid();
  private order: Order = { experiments: [], structure: -1, at: 0, how: null };
  private yardsticks: ReadonlyMap<string, Yardstick> = new Map();
  /** Whether the present choice was made knowing all rows. */
  private certain = false;
  private readonly learning: Learning;

  constructor(measure: Measure) {
    this.learning = new Learning(measure);
  }

  /** Searches more rows for columns, for a moment; whether the model is another one now. */
  readonly learn = (): boolean => this.learning.goOn();

  model(state: State, last: View, now: number): Model {
    const { structure, complete, more } = state;
    const was = this.project.value;
    const project = this.project.of([structure, complete, more, last.project], () => this.choose(state, last.project));
    // It was another one's turn to be the busiest: its rows are seen for the first time.
    const turned = was && project?.id !== was.id && last.seen !== null ? { ...last, ...unseen } : last;
    const before = adopt(turned, project);
    const unsaid = !complete && project === null;
    const all = this.shown.of([state.experiments, project, unsaid], () =>
      unsaid ? [] : experimentsOf(state, project),
    );
    const view = follow(before, state, all);
    const shown = this.staying.of([all, view.leaving], () =>
      view.leaving.size === 0 ? all : all.filter(({ id }) => !view.leaving.has(id)),
    );
    const sections = this.sections.of([structure, project, unsaid, view.leaving, view.arrangement.showConcealed], () =>
      sectionsOf(state, shown, project, view.arrangement.showConcealed),
    );
    const { arrangement: how } = view;
    const committed = this.committed.of([sections, project], () => held(sections, project));
    const known = this.learning.of(project, shown, committed, now);
    const commit = this.commitOf(how, state, project);
    const baseline = commit ?? state.experiments.get(how.baseline ?? "");
    const branches = this.branches.of([sections], () => branchesOf(sections));
    const arranged = this.arrange(known, this.orderOf(shown, structure, how, now), how, branches, commit);
    const ranked = this.ranked.of([sections, arranged, how.concealed, how.showConcealed], () =>
      inRanks(sections, arranged, how.showConcealed ? [] : how.concealed),
    );
    const live = new Set(shown.filter((experiment) => isLive(experiment, now)).map(({ id }) => id));
    const visible = this.narrowed(ranked, view, live);
    this.repeats = repeatsOf(shown, how.over, this.repeats);
    const { repeats } = this;
    return {
      view,
      project,
      experiments: shown,
      live: live.size,
      rows: this.rows.of([visible, view.collapsed, how.flat, arranged, repeats], () =>
        folded(
          how.flat ? flatRows(visible, arranged, state) : rowsOf(visible, view.collapsed),
          repeats,
          view.collapsed,
        ),
      ),
      inView: this.inView.of([visible, shown], () => {
        const there = new Set(visible.flatMap(idsOf));
        return shown.filter(({ id }) => there.has(id));
      }),
      columns: this.widened.of([arranged.columns, repeats.length > 0, how.widths, how.band], () =>
        repeats.length > 0 ? arranged.columns.map((column) => widened(column, how)) : arranged.columns,
      ),
      branches: [...new Set(branches.values())],
      groups: this.groups.of([visible], () => groupKeys(visible)),
      pinned: arranged.pinned,
      known,
      baseline,
      yardsticks: this.measured(arranged.columns, shown, how, baseline),
      unfinished: this.learning.unfinished,
      passing: arranged.ranks?.size ?? shown.length,
      concealed: how.concealed.filter((id) => state.experiments.has(id)).length,
    };
  }

  /** Only what is live, or selected, where somebody wants that. */
  private narrowed(ranked: Section[], { liveOnly, selectedOnly, selection }: View, live: ReadonlySet<string>) {
    const chosen = selectedOnly && selection;
    return this.visible.of([ranked, liveOnly && [...live].join("\n"), chosen], () => {
      if (!liveOnly && !chosen) return ranked;
      return filterSections(ranked, (id) => (!liveOnly || live.has(id)) && (!chosen || chosen.has(id)));
    });
  }

  /**
   * The wanted project; without one the busiest, which then stays as long as it has rows. It is judged only by all
   * rows: those of a long snapshot come oldest first, and what may still follow is newer.
   */
  private choose(state: State, wanted: string): Project | null {
    const named = wantedProject(state, wanted);
    if (!state.complete || named) return named ?? null;
    const before = this.certain ? state.projects.get(this.project.value?.id ?? "") : undefined;
    this.certain = !state.more;
    return before && experimentsOf(state, before).length > 0 ? before : chooseProject(state, wanted);
  }

  /** The commit that others are compared with, where it is one. */
  private commitOf({ baseline }: Arrangement, { commits }: State, project: Project | null): Baseline | undefined {
    return this.commit.of([baseline, commits, project], () =>
      baseline !== null && isCommit(baseline) ? committedBaseline(baseline, commits, project) : undefined,
    );
  }

  /** The experiments whose values decide the order: fresh ones when rows come or go, else now and then. */
  private orderOf(shown: readonly Experiment[], structure: number, how: Arrangement, now: number) {
    const { order } = this;
    const moved = order.structure !== structure || order.how !== how || order.experiments.length !== shown.length;
    if (moved || now - order.at >= ORDER_EVERY) this.order = { experiments: shown, structure, at: now, how };
    return this.order.experiments;
  }

  private arrange(
    known: readonly Column[],
    experiments: readonly Experiment[],
    how: Arrangement,
    branches: Branches,
    commit: Baseline | undefined,
  ): Arranged {
    const without = this.alike.of([known, experiments, how.onlyDiffering], () =>
      how.onlyDiffering ? alike(known, experiments) : [],
    );
    const moves = how.sorts.length + how.filters.length > 0 || how.find !== "";
    const byBranch = how.filters.some(({ column }) => column === BRANCH);
    // Without sort and filter nobody's values matter here.
    return this.arranged.of(
      [known, how, without.join("\n"), moves && experiments, moves && commit, byBranch && branches],
      () => this.grid.arrange(known, experiments, how, without, branches, commit),
    );
  }

  /** The map of before, as long as it says the same: with another one every row would be drawn again. */
  private measured(columns: readonly Column[], shown: readonly Experiment[], how: Arrangement, base?: Baseline) {
    const fresh = yardsticks(columns, shown, how, base);
    if (JSON.stringify([...fresh]) !== JSON.stringify([...this.yardsticks])) this.yardsticks = fresh;
    return this.yardsticks;
  }
}

function branchesOf(sections: readonly Section[]): Branches {
  const found = new Map<string, string>();
  for (const { branch, groups } of sections) {
    if (branch === null) continue;
    for (const { experiments } of groups) for (const id of experiments) found.set(id, branch);
  }
  return found;
}

/** Room for `± 0.0031` beside a mean; a width that somebody has set stays. */
function widened(column: Column, { widths, band }: Arrangement): Column {
  const { field, numeric, width } = column;
  if (field.kind !== "metric" || !numeric || widths[field.key] !== undefined) return column;
  return { ...column, width: width + SPREAD_ROOM[band] };
}

const SPREAD_ROOM: Record<Arrangement["band"], number> = { std: 58, ci: 58, range: 76 };

interface Order {
  experiments: readonly Experiment[];
  structure: number;
  at: number;
  how: Arrangement | null;
}

/** What the commits on screen hold themselves. */
const held = (sections: readonly Section[], project: Project | null): Holder[] =>
  sections.flatMap(({ groups }) => groups.map(({ commit }) => committedOf(commit, project)));

/** The last value, kept as long as its inputs are the same ones. */
class Kept<T> {
  value: T | undefined;
  private inputs: readonly unknown[] | null = null;

  of(inputs: readonly unknown[], make: () => T): T {
    if (this.inputs?.every((input, index) => input === inputs[index])) return this.value as T;
    this.value = make();
    this.inputs = inputs;
    return this.value;
  }
}
