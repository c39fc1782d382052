// What was deleted, with the way back; and the way to delete all of one kind.

import { useEffect, useState } from "preact/hooks";
import type { Experiment, Status } from "../contract.ts";
import { ago, formatCount } from "../format.ts";
import { Icon } from "../icons.tsx";
import { Panel } from "../panel.tsx";
import type { Shared } from "../shared.ts";
import type { Deleted } from "../transport/transport.ts";

const KINDS: readonly Status[] = ["failed", "stopped", "completed"];

export function TrashPanel({ model, acts, transport, now, opener }: Shared & { opener: Element | null }) {
  const [known, setKnown] = useState<readonly Deleted[] | null>(null);
  const { experiments, view, project } = model;
  useEffect(() => {
    transport.actions?.trash().then(setKnown, () => setKnown([]));
  }, [transport.state.seq]);
  const shown = known?.filter(({ repo_url }) => !project || repo_url === project.repo_url) ?? [];
  const selected = experiments.filter(({ id }) => view.selection.has(id));
  return (
    <Panel label="Delete and restore" opener={opener} close={() => acts.openPanel(null)}>
      <div class="ls-panel-head">
        <b>Delete</b>
      </div>
      <div class="ls-quick">
        <All word="selected" of={selected} acts={acts} />
        {KINDS.map((kind) => (
          <All key={kind} word={kind} of={experiments.filter(({ status }) => status === kind)} acts={acts} />
        ))}
      </div>
      <div class="ls-panel-head">
        <b>Trash</b>
      </div>
      <div class="ls-trash">
        {shown.map(({ id, name, status, deleted_at }) => (
          <div class="ls-trash-row" key={id}>
            <span class={`ls-st ls-st-${status}`} title={status}>
              <Icon name={status} small />
            </span>
            <span class="ls-cut">{name}</span>
            <span class="ls-dim">{ago(now - Date.parse(deleted_at))}</span>
            <span class="ls-grow" />
            <button type="button" class="ls-b" onClick={() => void acts.bringBack(id, name)}>
              Restore
            </button>
          </div>
        ))}
      </div>
      <div class="ls-panel-foot">
        {shown.length > 0
          ? "A deleted run that still reports stays here until it starts again."
          : "Nothing here has been deleted."}
      </div>
    </Panel>
  );
}

function All({ word, of, acts }: { word: string; of: readonly Experiment[] } & Pick<Shared, "acts">) {
  return (
    <button type="button" class="ls-b" disabled={of.length === 0} onClick={() => void acts.removeAll(of)}>
      <Icon name="trash" small />
      All {word}
      <span class="ls-n">{formatCount(of.length)}</span>
    </button>
  );
}
