// What is drawn, worked out from what is known and what is looked at. Each part is worked out again only when its own
// inputs have changed: most frames bring new numbers for a few rows and nothing else.

import { type Column, growColumns, type Measure, refineColumns } from "./columns.ts";
import type { Experiment, Project } from "./contract.ts";
import {
  chooseProject,
  experimentsOf,
  filterSections,
  type Row,
  rowsOf,
  type Section,
  sectionsOf,
} from "./sections.ts";
import type { State } from "./state.ts";
import { isLive } from "./status.ts";
import { follow, unseen, type View } from "./view.ts";

export interface Model {
  view: View;
  project: Project | null;
  experiments: readonly Experiment[];
  live: number;
  rows: readonly Row[];
  columns: readonly Column[];
}

/** Digits may become too few while numbers shrink; looking at what has just changed this often is enough. */
const REFINE_EVERY = 5000;

export class Modeller {
  private readonly project = new Kept<Project | null>();
  private readonly shown = new Kept<Experiment[]>();
  private readonly staying = new Kept<Experiment[]>();
  private readonly sections = new Kept<Section[]>();
  private readonly rows = new Kept<Row[]>();
  /** Whether the present choice was made knowing all rows. */
  private certain = false;
  private columns: readonly Column[] = [];
  private columnsOf: Project | null = null;
  private learnt = new WeakSet<Experiment>();
  private refinedAt: number | undefined;

  constructor(private readonly measure: Measure) {}

  model(state: State, last: View, now: number): Model {
    const { structure, complete, more } = state;
    const was = this.project.value;
    const project = this.project.of([structure, complete, more, last.project], () => this.choose(state, last.project));
    // It was another one's turn to be the busiest: its rows are seen for the first time.
    const before = was && project?.id !== was.id && last.seen !== null ? { ...last, ...unseen } : last;
    const unsaid = !complete && project === null;
    const all = this.shown.of([state.experiments, project, unsaid], () =>
      unsaid ? [] : experimentsOf(state, project),
    );
    const view = follow(before, state, all);
    const shown = this.staying.of([all, view.leaving], () =>
      view.leaving.size === 0 ? all : all.filter(({ id }) => !view.leaving.has(id)),
    );
    const sections = this.sections.of([structure, project, unsaid, view.leaving], () => sectionsOf(state, shown));
    const live = new Set(shown.filter((experiment) => isLive(experiment, now)).map(({ id }) => id));
    const visible = view.liveOnly ? filterSections(sections, (id) => live.has(id)) : sections;
    return {
      view,
      project,
      experiments: shown,
      live: live.size,
      rows: this.rows.of([visible, view.collapsed], () => rowsOf(visible, view.collapsed)),
      columns: this.grow(project, shown, now),
    };
  }

  /**
   * The wanted project; without one the busiest, which then stays as long as it has rows. It is judged only by all
   * rows: those of a long snapshot come oldest first, and what may still follow is newer.
   */
  private choose(state: State, wanted: string): Project | null {
    if (!state.complete || state.projects.has(wanted)) return state.projects.get(wanted) ?? null;
    const before = this.certain ? state.projects.get(this.project.value?.id ?? "") : undefined;
    this.certain = !state.more;
    return before && experimentsOf(state, before).length > 0 ? before : chooseProject(state, wanted);
  }

  /** Another project has other columns; within one they only grow. */
  private grow(project: Project | null, shown: readonly Experiment[], now: number): readonly Column[] {
    if (project?.id !== this.columnsOf?.id) {
      this.columns = [];
      this.learnt = new WeakSet();
    }
    this.columnsOf = project;
    const fresh = shown.filter((experiment) => !this.learnt.has(experiment));
    for (const experiment of fresh) this.learnt.add(experiment);
    this.columns = growColumns(this.columns, fresh, this.measure);
    this.refinedAt ??= now;
    if (fresh.length > 0 && now - this.refinedAt > REFINE_EVERY) {
      this.refinedAt = now;
      this.columns = refineColumns(this.columns, fresh);
    }
    return this.columns;
  }
}

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
