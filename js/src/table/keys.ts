// What the keys do in the table. Keys that mean nothing here are left to the notebook.

import type { Acts } from "../acts.ts";
import { sortedBy, withFilter } from "../arrange/arrangement.ts";
import { NAME, STATUS, valueIn } from "../arrange/values.ts";
import { baselineId } from "../baseline.ts";
import type { Column } from "../columns.ts";
import type { Experiment } from "../contract.ts";
import { formatParam, toNumber } from "../format.ts";
import type { Row } from "../sections.ts";
import { canStop } from "./menu.tsx";

export interface KeyContext {
  rows: readonly Row[];
  columns: readonly Column[];
  /** The cell the keyboard is in: a row, and 0 for its name, 1 for its status, from 2 on the columns. */
  active: number;
  cursor: number;
  page: number;
  acts: Acts;
  canWrite: boolean;
  canTell: boolean;
  concealed(id: string): boolean;
  experiment(id: string): Experiment | undefined;
  move(index: number): void;
  moveAcross(cursor: number): void;
  group(key: string, all: boolean): void;
  menu(id: string): void;
  columnMenu(): void;
  extend(from: number, to: number): void;
}

/** Does what the key says; true when it meant something. */
export function pressed(event: KeyboardEvent, context: KeyContext): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  // The notebook runs its cell with it.
  if (event.shiftKey && event.key === "Enter") return false;
  return moved(event, context) || acted(event, context);
}

function moved({ key, shiftKey }: KeyboardEvent, context: KeyContext): boolean {
  const { rows, active, page, move, extend } = context;
  const last = rows.length - 1;
  const targets = new Map([
    ["ArrowUp", active - 1],
    ["ArrowDown", active + 1],
    ["Home", 0],
    ["End", last],
    ["PageUp", active - page],
    ["PageDown", active + page],
  ]);
  const target = targets.get(key);
  if (target === undefined) return movedAcross(key, context);
  const next = Math.min(last, Math.max(0, target));
  if (shiftKey) extend(active, next);
  move(next);
  return true;
}

/** On a group the arrows open and close it, as in every tree. */
function movedAcross(key: string, { rows, active, cursor, columns, moveAcross }: KeyContext): boolean {
  if (rows[active]?.kind !== "experiment" || (key !== "ArrowLeft" && key !== "ArrowRight")) return false;
  const next = cursor + (key === "ArrowRight" ? 1 : -1);
  moveAcross(Math.min(columns.length + 1, Math.max(0, next)));
  return true;
}

function acted(event: KeyboardEvent, context: KeyContext): boolean {
  const { rows, active, acts } = context;
  const row = rows[active];
  if (actedOnView(event, context)) return true;
  if (!row) return false;
  if (row.kind === "experiment") return actedOnRun(event, row.id, context);
  if (row.kind === "repeats" && event.key === " ") {
    acts.togglePlots(row.repeats.ids);
    return true;
  }
  return actedOnGroup(event, row, context);
}

function actedOnView({ key, shiftKey }: KeyboardEvent, context: KeyContext): boolean {
  const { acts } = context;
  const verbs: Record<string, () => void> = {
    "/": () => acts.openPanel("find"),
    "?": () => acts.openPanel("keys"),
    l: acts.toggleLive,
    p: () => acts.togglePane("plots"),
    c: () => acts.togglePane("compare"),
    t: () => acts.togglePane("trends"),
    d: acts.toggleDelta,
    s: () => acts.arrange((before) => sortedBy(before, columnAt(context), shiftKey)),
  };
  if (shiftKey && key.toLowerCase() === "m") verbs.m = context.columnMenu;
  if (shiftKey && key === "H") verbs.h = () => acts.arrange((b) => ({ ...b, showConcealed: !b.showConcealed }));
  const verb = verbs[key.toLowerCase()];
  verb?.();
  return verb !== undefined;
}

/** The column the keyboard is in, by its key. */
export function columnAt({ cursor, columns }: Pick<KeyContext, "cursor" | "columns">): string {
  if (cursor === 0) return NAME;
  return cursor === 1 ? STATUS : (columns[cursor - 2]?.field.key ?? NAME);
}

function actedOnRun(event: KeyboardEvent, id: string, context: KeyContext): boolean {
  const { acts, canWrite, canTell, experiment, menu, concealed } = context;
  const chosen = experiment(id);
  if (!chosen) return false;
  const verbs: Record<string, () => unknown> = {
    " ": () => acts.togglePlot(id),
    enter: () => acts.openDetail(id),
    o: () => acts.plotOnly(id),
    b: () => acts.toggleBaseline(id),
    h: () => acts.toggleConcealed(chosen, concealed(id)),
    f: () => filterLike(chosen, context),
    m: () => menu(id),
  };
  if (event.shiftKey && event.key === "F10") verbs.f10 = () => menu(id);
  if (canWrite) verbs.delete = () => acts.remove(chosen);
  if (canTell && canStop(chosen)) verbs.x = () => acts.markStopped(chosen);
  const verb = verbs[event.key.toLowerCase()];
  void verb?.();
  return verb !== undefined;
}

/** Only rows with this cell's value. */
function filterLike(experiment: Experiment, context: KeyContext): void {
  const { cursor, columns, acts } = context;
  const source = cursor === 0 ? NAME : cursor === 1 ? STATUS : columns[cursor - 2]?.field;
  if (!source) return;
  const value = valueIn(experiment, source);
  const number = toNumber(value);
  const text = number !== null && Number.isFinite(number) ? String(number) : formatParam(value);
  const test = value === undefined ? "is missing" : "=";
  acts.arrange((before) =>
    withFilter(before, {
      column: columnAt(context),
      test,
      text: value === undefined ? "" : text,
      difference: false,
      on: true,
    }),
  );
}

/** With Shift, every group like this one. */
function actedOnGroup({ key, shiftKey }: KeyboardEvent, row: Row, { acts, group }: KeyContext): boolean {
  if (row.kind === "commit" && key.toLowerCase() === "b") {
    acts.toggleBaseline(baselineId(row.group.commit));
    return true;
  }
  const isOpen = "open" in row && row.open;
  const turns = (key === "ArrowRight" && !isOpen) || (key === "ArrowLeft" && isOpen);
  if (turns && shiftKey) group(row.key, true);
  else if (key === "ArrowRight") acts.setGroup(row.key, true);
  else if (key === "ArrowLeft") acts.setGroup(row.key, false);
  else if (key === "Enter" || key === " ") acts.toggleGroup(row.key);
  else return false;
  return true;
}
