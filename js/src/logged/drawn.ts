// What every form of a logged plot is made of, and what it gives: a figure, its legend, and what a pointer reads.

import type { Palette } from "../theme.ts";
import type { Said } from "./form.ts";
import type { Row } from "./rows.ts";

/** One experiment's rows with its colour. */
export interface Layer {
  id: string;
  name: string;
  slot: number;
  step: number | null;
  rows: readonly Row[];
  /** What was logged, where that is a figure and not rows. */
  body?: unknown;
}

export interface Frame {
  palette: Palette;
  width: number;
  height: number;
}

/** What stands in the tooltip over one thing that is drawn. */
export interface Reading {
  name: string;
  slot: number;
  lines: { label: string; text: string }[];
}

/** What Plotly says is under the pointer: which trace, and which of its points. */
export interface Pointed {
  trace: number;
  point: number | readonly number[];
}

export interface Drawn {
  data: object[];
  layout: object;
  /** Of each trace that stands for an experiment in a legend, by its uid. */
  names: ReadonlyMap<string, string>;
  read(pointed: Pointed): Reading | null;
}

export interface Form {
  /** How many pixels it would like to be high; less than a card has is what a card has. */
  height(said: Said, layers: readonly Layer[], width: number): number;
  draw(said: Said, layers: readonly Layer[], frame: Frame): Drawn;
}
