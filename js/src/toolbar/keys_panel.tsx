// The keys, for whoever asks with `?`.

import type { Acts } from "../acts.ts";
import { Panel } from "../panel.tsx";

const KEYS = [
  ["↑ ↓ ← →", "Move; on a group ← closes and → opens, with Shift all"],
  ["Home End PgUp PgDn", "First, last, a page"],
  ["Space", "Select the row: plot and compare it"],
  ["Shift ↑ ↓", "Select several"],
  ["O", "Plot only this row"],
  ["B", "Set as baseline"],
  ["D", "Differences from the baseline"],
  ["S, Shift S", "Sort by this column; beside others"],
  ["F", "Only rows with this value"],
  ["/", "Find a row by its name"],
  ["L", "Only running"],
  ["P C T", "Plots, Compare, Trends"],
  ["H, Shift H", "Hide the row; show hidden rows"],
  ["M, Shift M", "Menu of the row, of the column"],
  ["X", "Mark as stopped"],
  ["Del, Ctrl Z", "Delete, undo"],
  ["Esc", "Close, or leave the table"],
] as const;

interface Props {
  acts: Acts;
  silent: boolean;
  opener: Element | null;
}

export function KeysPanel({ acts, silent, opener }: Props) {
  return (
    <Panel label="Keys" opener={opener} close={() => acts.openPanel(null)}>
      <div class="ls-panel-head">
        <b>Keys</b>
        <span class="ls-grow" />
        <button type="button" class="ls-b" onClick={() => acts.openPanel(null)}>
          Close
        </button>
      </div>
      <dl class="ls-keys">
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="ls-line-item">
        <input type="checkbox" checked={!silent} onChange={acts.toggleSilent} />
        Tell screen readers new values, at most every ten seconds
      </label>
    </Panel>
  );
}
