// Which plots the selected experiments have logged beside their metrics: those of one name are one chart.

import type { Experiment, PlotHead } from "../contract.ts";

/** One experiment's plot of that name. */
export interface Shot {
  experiment: Experiment;
  head: PlotHead;
}

export interface LoggedSpec {
  /** Of the chart among all that were logged. */
  id: string;
  name: string;
  shots: Shot[];
  /** Changes exactly when there are other rows to fetch. */
  signature: string;
}

const FOLDER = "plots/";
/** Where DVCLive puts plots of rows; whoever looks wants to see their names. */
const KINDS = /^(sklearn|custom)\//;

/** `dvclive/plots/sklearn/roc.json` is `roc` wherever it lies. */
export function plotName(path: string): string {
  const at = path.lastIndexOf(FOLDER);
  return (at < 0 ? path : path.slice(at + FOLDER.length)).replace(KINDS, "").replace(/\.json$/, "");
}

/** In the order they were first logged. Figures are nobody else's axes, so each has a chart of its own. */
export function loggedOf(selected: readonly Experiment[]): LoggedSpec[] {
  const specs = new Map<string, { name: string; shots: Shot[] }>();
  for (const experiment of selected) {
    for (const head of experiment.plots) {
      const name = plotName(head.path);
      const id = isFigure(head) ? `${name} ${experiment.id}` : name;
      const known = specs.get(id);
      if (known) known.shots.push({ experiment, head });
      else specs.set(id, { name, shots: [{ experiment, head }] });
    }
  }
  return [...specs].map(([id, spec]) => ({ id, ...spec, signature: signatureOf(spec.shots) }));
}

export const isFigure = ({ props }: PlotHead): boolean => props.template === "figure";

const signatureOf = (shots: readonly Shot[]): string =>
  JSON.stringify(shots.map(({ experiment, head }) => [experiment.id, head.digest, head.props]));
