// The charts and pictures of one experiment alone.

import { useMemo } from "preact/hooks";
import type { Experiment } from "../contract.ts";
import { LoggedCard } from "../logged/card.tsx";
import { loggedOf } from "../logged/logged.ts";
import { Card } from "../plots/card.tsx";
import { chartsOf } from "../plots/charts.ts";
import { Hover } from "../plots/hover.ts";
import { ImageStrips } from "../plots/images.tsx";
import { Pace } from "../plots/pace.ts";
import type { Shared } from "../shared.ts";

const PLAIN = { integer: false, decimals: 4 };
const AT_MOST = 12;
/** Of a chart, as the style sheet has it. */
const HEIGHT = 176;

export function Charts({ model, acts, front, transport, experiment }: Shared & { experiment: Experiment }) {
  const pace = useMemo(() => new Pace(), []);
  const hover = useMemo(() => new Hover(), []);
  const slot = model.view.selection.get(experiment.id) ?? 0;
  const selection = useMemo(() => new Map([[experiment.id, slot]]), [experiment.id, slot]);
  const options = useMemo(() => ({ ...model.view.plots, muted: [] }), [model.view.plots]);
  return (
    <>
      <div class="ls-grid">
        {chartsOf([experiment])
          .slice(0, AT_MOST)
          .map((spec) => (
            <Card
              key={spec.metric}
              spec={spec}
              transport={transport}
              selection={selection}
              options={options}
              precision={PLAIN}
              pace={pace}
              front={front}
              hover={hover}
              acts={acts}
              all={[]}
              height={HEIGHT}
            />
          ))}
        {loggedOf([experiment]).map((spec) => (
          <LoggedCard
            key={spec.id}
            id=""
            {...{ spec, transport, selection, options, pace, acts }}
            all={[]}
            height={HEIGHT}
          />
        ))}
      </div>
      <ImageStrips selected={[experiment]} transport={transport} view={{ ...model.view, selection }} />
    </>
  );
}
