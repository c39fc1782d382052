// What one view looks at: selection, open groups, panes. Two views of one store each have their own.

import type { Experiment } from "./contract.ts";
import { type Selection, select, selectStarted } from "./palette.ts";
import type { State } from "./state.ts";

export type XAxis = "step" | "time" | "relative";
export type YScale = "linear" | "log";

export interface View {
  /** A project id somebody chose, or empty. */
  project: string;
  liveOnly: boolean;
  collapsed: ReadonlySet<string>;
  selection: Selection;
  /** Null until somebody opens or closes it: then it follows the selection. */
  plots: boolean | null;
  /** Height of the table while the pane is open, or null for the usual one. */
  split: number | null;
  x: XAxis;
  y: YScale;
  /** Lines switched off in the legend. */
  muted: ReadonlySet<string>;
  /** Rows that are being deleted: gone at once, back if it fails, forgotten when the state has lost them too. */
  leaving: ReadonlySet<string>;
  /** Everything this view has been shown, to tell a new run from an old one; null before the first paint. */
  seen: ReadonlyMap<string, number> | null;
}

export const newView = (project: string): View => ({
  project,
  liveOnly: false,
  collapsed: new Set(),
  selection: new Map(),
  plots: null,
  split: null,
  x: "step",
  y: "linear",
  muted: new Set(),
  leaving: new Set(),
  seen: null,
});

/** At first paint a picture is worth more than an empty pane: so many recent runs are shown if few are running. */
const AT_FIRST = 3;

export const plotsOpen = ({ plots, selection }: View): boolean => plots ?? selection.size > 0;

export function toggled<T>(set: ReadonlySet<T>, value: T): ReadonlySet<T> {
  const copy = new Set(set);
  if (!copy.delete(value)) copy.add(value);
  return copy;
}

/** The view after the rows it shows have changed: new runs are selected, deleted ones leave the selection. */
export function follow(view: View, state: State, shown: readonly Experiment[]): View {
  if (!state.complete) return view;
  return followRuns(confirm(view, state), state, shown);
}

/** A deletion that has arrived is over: under the same id a run may begin again, or be restored elsewhere. */
function confirm(view: View, { experiments }: State): View {
  const leaving = new Set([...view.leaving].filter((id) => experiments.has(id)));
  return leaving.size === view.leaving.size ? view : { ...view, leaving };
}

function followRuns(view: View, state: State, shown: readonly Experiment[]): View {
  const { seen } = view;
  const known = seen !== null && shown.every(({ id, generation }) => seen.get(id) === generation);
  if (known && [...view.selection.keys()].every((id) => state.experiments.has(id))) return view;
  const generations = shown.map(({ id, generation }) => [id, generation] as const);
  const present = new Map([...view.selection].filter(([id]) => state.experiments.has(id)));
  const isNew = ({ id, generation }: Experiment) => seen?.get(id) !== generation;
  const selection = seen?.size ? selectStarted(present, runningIds(shown.filter(isNew))) : atFirst(present, shown);
  return { ...view, selection, seen: new Map([...(seen ?? []), ...generations]) };
}

const runningIds = (experiments: readonly Experiment[]): string[] =>
  experiments.filter(({ status }) => status === "running").map(({ id }) => id);

function atFirst(present: Selection, shown: readonly Experiment[]): Selection {
  const grown = selectStarted(present, runningIds(shown));
  const recent = [...shown].sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1)).slice(0, AT_FIRST);
  return recent.reduce((all, { id }) => (all.size < AT_FIRST ? select(all, id) : all), grown);
}
