// How a logged plot is drawn: DVC's template, or what scikit-learn calls it. An unknown template is drawn as a line.

import type { PlotHead } from "../contract.ts";

export type Form =
  | "lines"
  | "scatter"
  | "smooth"
  | "bars"
  | "sorted bars"
  | "columns"
  | "histogram"
  | "confusion"
  | "figure";

const FORMS = new Map<string, Form>([
  ["scatter", "scatter"],
  ["scatter_jitter", "scatter"],
  ["smooth", "smooth"],
  ["bar_horizontal", "bars"],
  ["bar_horizontal_sorted", "sorted bars"],
  ["bar", "columns"],
  ["histogram", "histogram"],
  ["confusion", "confusion"],
  ["confusion_normalized", "confusion"],
  ["figure", "figure"],
]);

/** What is said of a plot, with nothing missing. */
export interface Said {
  form: Form;
  kind: string;
  x: string;
  ys: string[];
  title: string;
  xLabel: string;
  yLabel: string;
  /** Whether a confusion matrix says shares and not counts. */
  shares: boolean;
}

export function saidOf({ props }: PlotHead): Said {
  const template = props.template ?? "linear";
  const x = text(props.x);
  const ys = (Array.isArray(props.y) ? props.y : [props.y]).map(text).filter((name) => name !== "");
  return {
    form: FORMS.get(template) ?? "lines",
    kind: text(props.kind),
    x,
    ys,
    title: text(props.title),
    xLabel: text(props.x_label) || x,
    yLabel: text(props.y_label) || ys.join(", "),
    shares: template === "confusion_normalized",
  };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
