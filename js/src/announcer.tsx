// What a screen reader hears of the moving numbers: one sentence, at most every ten seconds.

import { useRef } from "preact/hooks";
import type { Experiment } from "./contract.ts";
import { fieldsOf } from "./flat.ts";
import { formatMetric } from "./format.ts";
import type { Model } from "./model.ts";
import type { Shared } from "./shared.ts";

const EVERY = 10_000;

export function Announcer({ model, now }: Shared) {
  const said = useRef({ at: 0, newest: "", text: "" });
  // Looked for only when something may be said: this is drawn in every frame, and there may be ten thousand rows.
  if (now - said.current.at >= EVERY) said.current = next(said.current, model, now);
  const silent = model.view.silent;
  return (
    <div class="ls-vh" role="log" aria-live={silent ? "off" : "polite"}>
      {silent ? "" : said.current.text}
    </div>
  );
}

interface Said {
  /** When something was looked for last. */
  at: number;
  newest: string;
  text: string;
}

/** What is there at first is no news. */
function next(before: Said, model: Model, now: number): Said {
  const newest = newestOf(model.experiments);
  if (!newest) return before;
  if (before.newest === "") return { at: now, newest: newest.updated_at, text: "" };
  if (newest.updated_at <= before.newest) return before;
  return { at: now, newest: newest.updated_at, text: sentence(newest, model) };
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
    .filter(({ field, name }) => field.kind === "metric" && name !== "step" && fields.get(field) !== undefined)
    .at(-1);
  if (!metric) return "";
  return `${experiment.name}: ${metric.prefix}${metric.name} ${formatMetric(fields.get(metric.field), metric.precision)}`;
}
