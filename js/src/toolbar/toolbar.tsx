// The top line: which project, how many runs are live, how the table is arranged, the panes, and how we are connected.

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { csv, download } from "../arrange/csv.ts";
import { isSaid } from "../arrange/filters.ts";
import { differs } from "../arrange/marks.ts";
import type { Project } from "../contract.ts";
import { Icon, type IconName } from "../icons.tsx";
import { idsOfRow } from "../sections.ts";
import type { Shared } from "../shared.ts";
import { type PanelName, type PaneName, paneOf } from "../view.ts";
import { ColumnsPanel } from "./columns_panel.tsx";
import { ConnectionState } from "./connection.tsx";
import { FilterPanel } from "./filter_panel.tsx";
import { ProjectMenu } from "./project_menu.tsx";
import { TokensButton } from "./tokens_button.tsx";

export function Toolbar(shared: Shared) {
  const { model, acts, transport, kernel } = shared;
  const { liveOnly, selectedOnly, arrangement: how } = model.view;
  const counting = model.live > 0 && transport.connection.kind !== "lost";
  const filters =
    how.filters.filter((filter) => filter.on && isSaid(filter)).length + (how.find ? 1 : 0) + Number(selectedOnly);
  const moved = how.hidden.length > 0 || how.onlyDiffering;
  return (
    <div class="ls-bar" role="toolbar" aria-label="Live Studio">
      <ProjectMenu {...shared} />
      <button
        type="button"
        class={counting ? "ls-b ls-live-b" : "ls-b"}
        aria-pressed={liveOnly}
        title={liveOnly ? "Show all experiments" : "Show only running experiments"}
        onClick={acts.toggleLive}
      >
        <Icon name="live" />
        <span>Live</span>
        <span class="ls-n">{model.live}</span>
      </button>
      {model.experiments.length > 0 && (
        <>
          <span class="ls-sep" />
          <Opener {...shared} name="filter" icon="filter" word="Filter" count={filters} panel={FilterPanel} />
          <Opener
            {...shared}
            name="columns"
            icon="cols"
            word="Columns"
            count={moved ? model.columns.length : 0}
            panel={ColumnsPanel}
          />
          <button
            type="button"
            class="ls-b"
            aria-pressed={how.delta}
            title="Differences from the baseline"
            onClick={acts.toggleDelta}
          >
            <Icon name="delta" />
            <span class="ls-word">Delta</span>
          </button>
        </>
      )}
      <span class="ls-grow" />
      {model.experiments.length > 0 && (
        <>
          <span class="ls-seg">
            <PaneButton {...shared} name="plots" word="Plots" />
            <PaneButton {...shared} name="compare" word="Compare" count={model.view.selection.size} />
            <PaneButton {...shared} name="trends" word="Trends" />
          </span>
          <span class="ls-sep" />
          {model.project?.connected && transport.actions && <Reload project={model.project} acts={acts} />}
          <button
            type="button"
            class="ls-icon-b"
            aria-label="Save the table as CSV"
            title="CSV"
            onClick={() => save(shared)}
          >
            <Icon name="export" />
          </button>
        </>
      )}
      <TokensButton {...shared} />
      <ConnectionState connection={transport.connection} busy={kernel ? kernel.running !== null : undefined} />
    </div>
  );
}

/** Fetching is somebody's wish, never ours: what was pushed from here shows itself. */
function Reload({ project, acts }: { project: Project } & Pick<Shared, "acts">) {
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    await acts.reload(project);
    setBusy(false);
  };
  return (
    <button
      type="button"
      class="ls-icon-b"
      aria-label="Reload from the remote"
      title="Fetch what others have pushed"
      disabled={busy}
      onClick={go}
    >
      <Icon name={busy ? "wait" : "reload"} />
    </button>
  );
}

interface OpenerProps extends Shared {
  name: PanelName;
  icon: IconName;
  word: string;
  count: number;
  panel(props: Shared & { opener: Element | null }): JSX.Element;
}

function Opener({ name, icon, word, count, panel: Panel, ...shared }: OpenerProps) {
  const ref = useRef<HTMLButtonElement>(null);
  const { acts, model } = shared;
  const open = model.view.panel === name;
  return (
    <div class="ls-holder">
      <button
        ref={ref}
        type="button"
        class="ls-b"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => acts.openPanel(open ? null : name)}
      >
        <Icon name={icon} />
        <span class="ls-word">{word}</span>
        {count > 0 && <span class="ls-n">{count}</span>}
      </button>
      {open && <Panel {...shared} opener={ref.current} />}
    </div>
  );
}

interface PaneProps extends Shared {
  name: Exclude<PaneName, "experiment">;
  word: string;
  count?: number;
}

function PaneButton({ model, acts, name, word, count = 0 }: PaneProps) {
  const open = paneOf(model.view) === name;
  return (
    <button type="button" class="ls-b" aria-pressed={open} onClick={() => acts.togglePane(name)}>
      <Icon name={name} />
      <span class="ls-word">{word}</span>
      {count > 0 && <span class="ls-n">{count}</span>}
    </button>
  );
}

/** The rows and columns of this moment, in their order. */
function save({ model, transport, now }: Shared): void {
  const { state } = transport;
  const rows = [...new Set(model.rows.flatMap(idsOfRow))].map((id) => state.experiments.get(id));
  const experiments = rows.filter((one) => one !== undefined);
  const { baseline } = model;
  const { delta, differing } = model.view.arrangement;
  const from = delta && baseline ? { baseline, differs: differs(differing) } : null;
  download(`${model.project?.name ?? "experiments"}.csv`, csv(experiments, model.columns, now, from));
}
