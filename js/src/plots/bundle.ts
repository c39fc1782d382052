// Plotly and what draws with it: a file of its own, so that a page without charts is a small one.

import type { Form } from "../logged/drawn.ts";
import type { Said } from "../logged/form.ts";
import type { Transport } from "../transport/transport.ts";
import type { trendFigure } from "../trends/figure.ts";
import type { Chart, PlotlyModule } from "./chart.ts";

/** What the file of Plotly holds. */
export interface Bundle {
  default: PlotlyModule;
  warm(): Promise<void>;
  Chart: typeof Chart;
  trendFigure: typeof trendFigure;
  formFor(said: Said): Form;
}

let bundle: Promise<Bundle> | null = null;

/** Plotly and what draws with it, fetched once per page; a failed try may be repeated. */
export function bundleOf(transport: Transport): Promise<Bundle> {
  bundle ??= transport.load(PLOTLY).then(
    async (module) => {
      // In a task of its own: to read the module was one already.
      await new Promise((done) => setTimeout(done));
      await (module as Bundle).warm().catch(reportError);
      return module as Bundle;
    },
    (error) => {
      bundle = null;
      throw error;
    },
  );
  return bundle;
}

export const plotlyOf = async (transport: Transport): Promise<PlotlyModule> => (await bundleOf(transport)).default;
