// One legend for all charts: a chip for every selected experiment, in its colour. Pressing one hides its lines.

import type { Experiment } from "../contract.ts";
import { Icon } from "../icons.tsx";
import { dashOf, hueOf } from "../palette.ts";
import type { Shared } from "../shared.ts";
import { statusView } from "../status.ts";
import { isolate, mute } from "./options.ts";

const STROKES = new Map([
  ["dash", "5 3"],
  ["dot", "1.5 3"],
  ["dashdot", "5 2 1.5 2"],
  ["longdash", "8 2"],
]);

export function Legend({ model, acts, front, now, selected }: Shared & { selected: readonly Experiment[] }) {
  if (selected.length === 0) return null;
  return (
    <fieldset class="ls-legend">
      <legend class="ls-vh">Experiments in the charts</legend>
      {selected.map((experiment) => {
        const { id, name, status } = experiment;
        const slot = model.view.selection.get(id) ?? 0;
        const muted = model.view.plots.muted.includes(id);
        return (
          <button
            type="button"
            key={id}
            class={muted ? "ls-lg ls-off" : "ls-lg"}
            style={{ "--c": `var(--ls-c${hueOf(slot)})` }}
            aria-pressed={!muted}
            title={`${muted ? "Show" : "Hide"} ${name}. Alt: only this one`}
            onClick={(event) =>
              acts.plot((before) =>
                event.altKey
                  ? isolate(
                      before,
                      id,
                      selected.map((one) => one.id),
                    )
                  : mute(before, id),
              )
            }
            onMouseEnter={() => front.enter(id)}
            onMouseLeave={front.leave}
          >
            <svg class="ls-key" viewBox="0 0 18 10" aria-hidden="true">
              <path d="M1 5h16" stroke-dasharray={STROKES.get(dashOf(slot))} />
            </svg>
            <span class="ls-cut">{name}</span>
            {status !== "completed" && <Glyph experiment={experiment} now={now} />}
          </button>
        );
      })}
    </fieldset>
  );
}

function Glyph({ experiment, now }: { experiment: Experiment; now: number }) {
  const { glyph } = statusView(experiment, now);
  return (
    <span class={`ls-st ls-st-${glyph}`}>
      <Icon name={glyph} small />
    </span>
  );
}
