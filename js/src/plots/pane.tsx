// The pane of charts for the selected experiments, with one legend for all of them.

import { useMemo, useState } from "preact/hooks";
import type { Column } from "../columns.ts";
import type { Experiment } from "../contract.ts";
import type { Shared } from "../dashboard.tsx";
import { formatCount, type Precision } from "../format.ts";
import { Card } from "./card.tsx";
import { type ChartSpec, chartsOf } from "./charts.ts";
import { Head } from "./head.tsx";
import { Hover } from "./hover.ts";
import { ImageStrips } from "./images.tsx";
import { Legend } from "./legend.tsx";
import { Pace } from "./pace.ts";

const AT_FIRST = 20;

export function Pane(shared: Shared) {
  const { model, transport, front } = shared;
  const { view } = model;
  const pace = useMemo(() => new Pace(), []);
  const hover = useMemo(() => new Hover(), []);
  const [all, showAll] = useState(false);
  const selected = selectedOf(shared);
  const charts = chartsOf(selected);
  const shown = all ? charts : charts.slice(0, AT_FIRST);
  return (
    <section class="ls-pane" aria-label="Plots">
      <Head {...shared} selected={selected} />
      <Legend {...shared} selected={selected} />
      {selected.length === 0 && <p class="ls-hint">Tick a row to plot it.</p>}
      {selected.length > 0 && charts.length === 0 && <p class="ls-hint">Charts appear with the first metric.</p>}
      <div class="ls-grid">
        {shown.map((spec) => (
          <Card
            key={spec.metric}
            spec={spec}
            transport={transport}
            selection={view.selection}
            options={view.plots}
            precision={precisionFor(model.columns, spec)}
            pace={pace}
            front={front}
            hover={hover}
          />
        ))}
      </div>
      {shown.length < charts.length && (
        <button type="button" class="ls-b ls-line ls-more-charts" onClick={() => showAll(true)}>
          Show {formatCount(charts.length - shown.length)} more
        </button>
      )}
      {transport.imageUrl("", "") !== null && <ImageStrips selected={selected} transport={transport} view={view} />}
    </section>
  );
}

/** In the order of their colours. */
function selectedOf({ model, transport }: Shared): Experiment[] {
  return [...model.view.selection]
    .sort(([, a], [, b]) => a - b)
    .map(([id]) => transport.state.experiments.get(id))
    .filter((experiment) => experiment !== undefined);
}

const PLAIN: Precision = { integer: false, decimals: 4 };

/** A tooltip writes a number the way its column does. */
function precisionFor(columns: readonly Column[], { metric }: ChartSpec): Precision {
  return (
    columns.find(({ field, prefix, name }) => field.kind === "metric" && prefix + name === metric)?.precision ?? PLAIN
  );
}
