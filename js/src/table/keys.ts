// What the keys do in the table. Keys that mean nothing here are left to the notebook.

import type { Acts } from "../acts.ts";
import type { Experiment } from "../contract.ts";
import type { Row } from "../sections.ts";

export interface KeyContext {
  rows: readonly Row[];
  active: number;
  page: number;
  acts: Acts;
  canDelete: boolean;
  experiment(id: string): Experiment | undefined;
  move(index: number): void;
  menu(id: string): void;
}

/** Does what the key says; true when it meant something. */
export function pressed(event: KeyboardEvent, context: KeyContext): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  return moved(event.key, context) || acted(event, context);
}

function moved(key: string, { rows, active, page, move }: KeyContext): boolean {
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
  if (target === undefined) return false;
  move(Math.min(last, Math.max(0, target)));
  return true;
}

function acted(event: KeyboardEvent, context: KeyContext): boolean {
  const { rows, active, acts } = context;
  const row = rows[active];
  switch (event.key.toLowerCase()) {
    case "l":
      acts.toggleLive();
      return true;
    case "p":
      acts.togglePane("plots");
      return true;
  }
  if (!row) return false;
  return row.kind === "experiment" ? actedOnRun(event, row.id, context) : actedOnGroup(event, row, acts);
}

function actedOnRun(event: KeyboardEvent, id: string, { acts, canDelete, experiment, menu }: KeyContext): boolean {
  const { key } = event;
  const chosen = experiment(id);
  if (key === " ") acts.togglePlot(id);
  else if (key === "Delete" && canDelete && chosen) void acts.remove(chosen);
  else if (canDelete && (key.toLowerCase() === "m" || (key === "F10" && event.shiftKey))) menu(id);
  else return false;
  return true;
}

function actedOnGroup({ key }: KeyboardEvent, row: Row, acts: Acts): boolean {
  if (key === "ArrowRight") acts.setGroup(row.key, true);
  else if (key === "ArrowLeft") acts.setGroup(row.key, false);
  else if (key === "Enter" || key === " ") acts.toggleGroup(row.key);
  else return false;
  return true;
}
