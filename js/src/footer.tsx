// The last line: how much is selected and shown, from when the values are, what the marks mean, and how to scroll.

import { useRef } from "preact/hooks";
import { clockTime, formatCount, lasting } from "./format.ts";
import { Icon } from "./icons.tsx";
import type { Running } from "./kernel.ts";
import type { Model } from "./model.ts";
import { idsOfRow } from "./sections.ts";
import type { Shared } from "./shared.ts";
import { KeysPanel } from "./toolbar/keys_panel.tsx";

export function Footer({ model, transport, acts, kernel }: Shared) {
  const { connection } = transport;
  const keys = useRef<HTMLButtonElement>(null);
  const { panel, arrangement: how } = model.view;
  const since = connection.kind === "lost" ? [`Values from ${clockTime(connection.since)}`] : [];
  const busy = kernel?.running ? [busyWith(kernel.running, Date.now())] : [];
  const said = [...since, ...busy, ...partsOf(model)].join(" · ");
  return (
    <footer class="ls-foot">
      <span class="ls-cut" title={said}>
        {said}
      </span>
      {Object.keys(how.goals).length > 0 && (
        <span class="ls-legend-marks ls-opt">
          <Icon name="best" small /> best <Icon name="better" small /> better <Icon name="worse" small /> worse than
          baseline
        </span>
      )}
      <span class="ls-grow" />
      <span class="ls-opt ls-scroll-hint">Click the table to scroll it</span>
      {model.experiments.length > 0 && (
        <span class="ls-holder ls-up">
          <button
            ref={keys}
            type="button"
            class="ls-keys-b"
            aria-label="Keys"
            aria-haspopup="dialog"
            aria-expanded={panel === "keys"}
            onClick={() => acts.openPanel(panel === "keys" ? null : "keys")}
          >
            <kbd>?</kbd> <span class="ls-opt">keys</span>
          </button>
          {panel === "keys" && <KeysPanel acts={acts} silent={model.view.silent} opener={keys.current} />}
        </span>
      )}
    </footer>
  );
}

/** By the clock of this machine: the cell's begin was said by the kernel's, which may be another one. */
function busyWith({ cell, since }: Running, now: number): string {
  const name = cell === null ? "A cell" : `In [${cell}]`;
  const time = since === null ? "" : lasting(now - since);
  return time ? `${name} has been running for ${time}` : `${name} is running`;
}

function partsOf({ view, rows, experiments, passing, baseline, concealed }: Model): string[] {
  const { selection, arrangement: how, liveOnly, selectedOnly } = view;
  const count = experiments.length;
  // Of ten thousand rows nobody asks which these are while all are shown.
  const narrowed = liveOnly || selectedOnly || passing < count;
  const shown = new Set(narrowed ? rows.flatMap(idsOfRow) : []);
  const unseen = passing < count ? [...selection.keys()].filter((id) => !shown.has(id)).length : 0;
  return [
    selection.size > 0 ? `${formatCount(selection.size)} selected` : "",
    unseen > 0 ? `${formatCount(unseen)} of them hidden by the filter` : "",
    passing < count ? `${formatCount(passing)} of ${formatCount(count)} experiments match` : countOf(count),
    selectedOnly && !liveOnly ? `only selected ones shown` : "",
    liveOnly ? `${formatCount(shown.size)} running shown` : "",
    concealed > 0 && !how.showConcealed ? `${formatCount(concealed)} hidden` : "",
    how.delta && baseline ? `difference from ${baseline.name}` : "",
  ].filter(Boolean);
}

const countOf = (count: number): string => `${formatCount(count)} ${count === 1 ? "experiment" : "experiments"}`;
