// Which way of drawing each form has. They travel with Plotly, because nobody needs them before it is there.

import { bars } from "./bars.ts";
import { confusion } from "./confusion.ts";
import { curves } from "./curves.ts";
import type { Form } from "./drawn.ts";
import { figureForm } from "./figure.ts";
import type { Said } from "./form.ts";
import { histogram } from "./histogram.ts";

const FORMS: Record<Said["form"], Form> = {
  lines: curves,
  scatter: curves,
  smooth: curves,
  bars,
  "sorted bars": bars,
  columns: bars,
  histogram,
  confusion,
  figure: figureForm,
};

export const formFor = ({ form }: Said): Form => FORMS[form];
