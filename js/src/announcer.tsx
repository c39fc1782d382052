// What a screen reader hears of the moving numbers: one sentence, at most every ten seconds.

import { useRef } from "preact/hooks";
import type { Experiment } from "./contract.ts";
import { fieldsOf } from "./flat.ts";
import { formatMetric } from "./format.ts";
import type { Model } from "./model.ts";
import type { Shared } from "./shared.ts";

const EVERY = 10_000;

export function Announcer({ model, now }: Shared) {
  const said = useRef({ at: now, newest: newestOf(model.experiments)?.updated_at ?? "", text: "" });
  const newest = newestOf(model.experiments);
  if (newest && newest.updated_at > said.current.newest && now - said.current.at >= EVERY) {
    said.current = { at: now, newest: newest.updated_at, text: sentence(newest, model) };
  }
  return (
    <div class="ls-vh" role="log" aria-live="polite">
      {said.current.text}
    </div>
  );
}

function newestOf(experiments: readonly Experiment[]): Experiment | undefined {
  let newest: Experiment | undefined;
  for (const experiment of experiments) if (!newest || experiment.updated_at > newest.updated_at) newest = experiment;
  return newest;
}

/** "cosine-b512: val/acc 0.9216", by the last metric column it has a value in. */
function sentence(experiment: Experiment, { columns }: Model): string {
  const fields = fieldsOf(experiment);
  const metric = columns
    .filter(({ field, name }) => field.kind === "metric" && name !== "step" && fields.has(field))
    .at(-1);
  if (!metric) return "";
  return `${experiment.name}: ${metric.prefix}${metric.name} ${formatMetric(fields.get(metric.field), metric.precision)}`;
}
