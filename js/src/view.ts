// What one view looks at: selection, open groups, panes. Two views of one store each have their own.

import { type Arrangement, arrangementOf, plain } from "./arrange/arrangement.ts";
import type { Experiment, Project, Value } from "./contract.ts";
import type { Gone } from "./gone.ts";
import { type Selection, select, selectAgain, selectStarted } from "./palette.ts";
import { lasting, type Options, optionsOf, usual } from "./plots/options.ts";
import { isSilent } from "./silence.ts";
import type { State } from "./state.ts";
import { type Trending, trendingOf, untold } from "./trends/trending.ts";

/** What can stand below the table, or beside it; one at a time. */
export type PaneName = "plots" | "compare" | "trends" | "experiment";

/** What can be open over the table; one at a time. */
export type PanelName = "find" | "filter" | "columns" | "keys" | "project" | "new project" | "trash" | "storage";

export interface View {
  /** A project id somebody chose, or empty. */
  project: string;
  liveOnly: boolean;
  selectedOnly: boolean;
  panel: PanelName | null;
  /** Nothing is said aloud of values that move. */
  silent: boolean;
  arrangement: Arrangement;
  /** Whose view this was made from, and what it was: what is different from it is not saved. */
  saved: (Kept & { project: string }) | null;
  collapsed: ReadonlySet<string>;
  selection: Selection;
  /** Until somebody opens or closes one: the plots, while something is selected. */
  pane: PaneName | "none" | "usual";
  /** The experiment in its pane, which of its starts (null: the newest), and the pane that it stands before. */
  detail: { id: string; generation: number | null; before: View["pane"] } | null;
  /** The experiment that somebody asked to be brought into sight; another object for another wish. */
  sought: { id: string } | null;
  /** What was said of dead processes and put away. */
  dismissed: Gone | null;
  /** Height of the table while the pane is open, or null for the usual one. */
  split: number | null;
  plots: Options;
  trends: Trending;
  /** Rows that are being deleted: gone at once, back if it fails. The number is the seq of the deletion, null until the
   * server has answered: a state that has come so far knows better. */
  leaving: ReadonlyMap<string, number | null>;
  /** Rows that left while they were selected, and their colours: who comes back by an undo keeps them. */
  left: Selection;
  /** Everything this view has been shown, to tell a new run from an old one; null before the first paint. */
  seen: ReadonlyMap<string, number> | null;
}

/** How somebody looks at a project: what it keeps of a view, beside who is selected. */
export interface Kept {
  arrangement: Arrangement;
  plots: Options;
  trends: Trending;
}

export const newView = (project: string): View => ({
  project,
  liveOnly: false,
  selectedOnly: false,
  panel: null,
  silent: isSilent(),
  arrangement: plain,
  saved: null,
  collapsed: new Set(),
  selection: new Map(),
  pane: "usual",
  detail: null,
  sought: null,
  dismissed: null,
  split: null,
  plots: usual,
  trends: untold,
  leaving: new Map(),
  left: new Map(),
  seen: null,
});

/** At first paint a picture is worth more than an empty pane: so many recent runs are shown if few are running. */
const AT_FIRST = 3;

/** What a view of other rows begins with: what was selected among the others means nothing there. */
export const unseen = { selection: new Map(), left: new Map(), seen: null } satisfies Partial<View>;

export function paneOf({ pane, selection }: View): PaneName | null {
  if (pane === "usual") return selection.size > 0 ? "plots" : null;
  return pane === "none" ? null : pane;
}

export function toggled<T>(set: ReadonlySet<T>, value: T): ReadonlySet<T> {
  const copy = new Set(set);
  if (!copy.delete(value)) copy.add(value);
  return copy;
}

/** The view with what is saved in its project: always when it is another one, else where nothing was changed here. */
export function adopt(view: View, project: Project | null): View {
  if (!project) return view;
  const { view: said } = project;
  const kept: Kept = {
    arrangement: arrangementOf(said?.arrangement),
    plots: optionsOf(said?.plots),
    trends: trendingOf(said?.trends),
  };
  const first = view.saved?.project !== project.id;
  if (!first && isSame(view.saved, { project: project.id, ...kept })) return view;
  const saved = { project: project.id, ...kept };
  if (!first) return isChanged(view) ? { ...view, saved } : discarded({ ...view, saved });
  const ids = Array.isArray(said?.selection) ? said.selection.filter((id) => typeof id === "string") : [];
  const selection = ids.reduce<Selection>((all, id) => select(all, id), new Map());
  return { ...discarded({ ...view, saved }), ...(selection.size > 0 && { selection }) };
}

/** As it is saved, but for what is of the moment. */
export function discarded(view: View): View {
  if (!view.saved) return view;
  const { arrangement, plots, trends } = view.saved;
  const { muted, find } = view.plots;
  return { ...view, arrangement, plots: { ...plots, muted, find }, trends };
}

/** Whether there is something to save. What one looks for is nobody's arrangement. */
export const isChanged = (view: View): boolean =>
  view.saved !== null && !isSame(restOf(view.saved), restOf(lastingOf(view)));

const lastingOf = ({ arrangement, plots, trends }: View): Kept => ({
  arrangement: { ...arrangement, find: "" },
  plots: lasting(plots),
  trends,
});

/** How much is smoothed and which trends are open is saved with the rest, and does not ask for it: a line of chips that
 * comes with a press would push what was pressed from under the pointer. */
const restOf = ({ arrangement, plots, trends }: Kept): Kept => ({
  arrangement: { ...arrangement, find: "" },
  plots: { ...plots, smooth: usual.smooth, smoothing: usual.smoothing },
  trends: { ...trends, side: untold.side },
});

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** What is kept of a view in its project. */
export const keptOf = (view: View): { [key: string]: Value } => ({
  ...(lastingOf(view) as unknown as { [key: string]: Value }),
  selection: [...view.selection.keys()],
});

/** The view after the rows it shows have changed: new runs are selected, deleted ones leave the selection. */
export function follow(view: View, state: State, shown: readonly Experiment[]): View {
  if (!state.complete) return view;
  return followDetail(followRuns(confirm(view, state), state, shown), shown);
}

/** The pane of an experiment closes with its row. */
function followDetail(view: View, shown: readonly Experiment[]): View {
  if (!view.detail) return view;
  const { id, before } = view.detail;
  const there = !view.leaving.has(id) && shown.some((experiment) => experiment.id === id);
  return there ? view : { ...view, pane: view.pane === "experiment" ? before : view.pane, detail: null };
}

/** A deletion that has arrived is over: under the same id a run may begin again, or be restored elsewhere. */
function confirm(view: View, { experiments, seq }: State): View {
  const open = ([id, until]: [string, number | null]) => experiments.has(id) && (until === null || seq < until);
  const leaving = new Map([...view.leaving].filter(open));
  return leaving.size === view.leaving.size ? view : { ...view, leaving };
}

function followRuns(view: View, state: State, shown: readonly Experiment[]): View {
  const { seen } = view;
  const known = seen !== null && shown.every(({ id, generation }) => seen.get(id) === generation);
  const back = [...view.left].filter(([id]) => state.experiments.has(id));
  if (known && back.length === 0 && [...view.selection.keys()].every((id) => state.experiments.has(id))) return view;
  const generations = shown.map(({ id, generation }) => [id, generation] as const);
  const gone = [...view.selection].filter(([id]) => !state.experiments.has(id));
  const left = new Map([...view.left, ...gone].filter(([id]) => !state.experiments.has(id)));
  const staying = new Map([...view.selection].filter(([id]) => state.experiments.has(id)));
  const present = back.reduce<Selection>((all, [id, slot]) => selectAgain(all, id, slot), staying);
  const isNew = ({ id, generation }: Experiment) => seen?.get(id) !== generation;
  const selection = seen?.size ? selectStarted(present, runningIds(shown.filter(isNew))) : atFirst(present, shown);
  return { ...view, selection, left, seen: new Map([...(seen ?? []), ...generations]) };
}

const runningIds = (experiments: readonly Experiment[]): string[] =>
  experiments.filter(({ status }) => status === "running").map(({ id }) => id);

function atFirst(present: Selection, shown: readonly Experiment[]): Selection {
  const grown = selectStarted(present, runningIds(shown));
  return newest(shown, AT_FIRST).reduce((all, { id }) => (all.size < AT_FIRST ? select(all, id) : all), grown);
}

/** Those updated last, the very last first. A long table is gone through once and not sorted; what is new stands at its end. */
function newest(experiments: readonly Experiment[], count: number): Experiment[] {
  const found: Experiment[] = [];
  for (let index = experiments.length - 1; index >= 0; index -= 1) {
    const experiment = experiments[index] as Experiment;
    if (found.length === count && experiment.updated_at <= (found.at(-1)?.updated_at ?? "")) continue;
    const at = found.findIndex(({ updated_at }) => updated_at < experiment.updated_at);
    found.splice(at < 0 ? found.length : at, 0, experiment);
    found.length = Math.min(found.length, count);
  }
  return found;
}
