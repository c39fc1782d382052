// Which columns are shown, by file; what is better in them; which stay in sight.

import { useState } from "preact/hooks";
import type { Acts } from "../acts.ts";
import { type Arrangement, movedBefore, nextGoal, plain, toggleIn } from "../arrange/arrangement.ts";
import { type Column, fileGroups } from "../columns.ts";
import { formatCount } from "../format.ts";
import { Icon } from "../icons.tsx";
import { Panel } from "../panel.tsx";
import type { Shared } from "../shared.ts";

/** Nobody reads a list of two thousand, and drawing it would be seen. */
const MOST_LISTED = 200;

export function ColumnsPanel({ model, acts, opener }: Shared & { opener: Element | null }) {
  const { known, columns, view } = model;
  const { arrangement: how } = view;
  const [find, setFind] = useState("");
  const matching = known.filter(({ prefix, name }) => (prefix + name).toLowerCase().includes(find.toLowerCase()));
  const reset = () =>
    acts.arrange((before) => {
      const { hidden, order, pinned, widths, onlyDiffering } = plain;
      return { ...before, hidden, order, pinned, widths, onlyDiffering };
    });
  const inSight = new Set(columns.map(({ field }) => field));
  const order = [...columns, ...known.filter(({ field }) => !inSight.has(field))].map(({ field }) => field.key);
  const listed = matching.slice(0, MOST_LISTED);
  return (
    <Panel label="Columns" opener={opener} close={() => acts.openPanel(null)}>
      <div class="ls-search">
        <Icon name="search" small />
        <input
          type="text"
          placeholder="Find a column"
          aria-label="Find a column"
          value={find}
          data-first
          onInput={(event) => setFind(event.currentTarget.value)}
        />
      </div>
      <label class="ls-line-item">
        <input
          type="checkbox"
          checked={how.onlyDiffering}
          onChange={() => acts.arrange((before) => ({ ...before, onlyDiffering: !before.onlyDiffering }))}
        />
        Only columns that differ
        <span class="ls-grow" />
        <span class="ls-dim">
          {formatCount(columns.length)} of {formatCount(known.length)}
        </span>
      </label>
      <div class="ls-list">
        {fileGroups(listed).map(({ key, label, columns: inFile }) => (
          <fieldset key={key}>
            <legend class="ls-dim ls-small">{label}</legend>
            {inFile.map((column) => (
              <Item key={column.field.key} column={column} how={how} acts={acts} all={order} />
            ))}
          </fieldset>
        ))}
        {matching.length > listed.length && (
          <p class="ls-hint">{formatCount(matching.length - listed.length)} more: find them by a part of their name.</p>
        )}
        {matching.length === 0 && <p class="ls-hint">No column is called so.</p>}
      </div>
      <div class="ls-panel-foot">
        <span>Drag to reorder, or Alt with the arrow keys</span>
        <span class="ls-grow" />
        <button type="button" class="ls-b" onClick={reset}>
          Reset
        </button>
      </div>
    </Panel>
  );
}

const DRAGGED = "application/x-live-studio-column";

interface ItemProps {
  column: Column;
  how: Arrangement;
  acts: Acts;
  all: string[];
}

function Item({ column, how, acts, all }: ItemProps) {
  const { key, kind } = column.field;
  const move = (next: string | null) => acts.arrange((before) => movedBefore(before, key, next, all));
  const onKeyDown = (event: KeyboardEvent) => {
    const at = all.indexOf(key);
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    move(event.key === "ArrowUp" ? (all[Math.max(0, at - 1)] ?? null) : (all[at + 2] ?? null));
  };
  const pinned = how.pinned.includes(key);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what is pressed is the box inside; this is where things drop.
    <div
      class="ls-line-item"
      draggable
      onDragStart={(event) => event.dataTransfer?.setData(DRAGGED, key)}
      onDragOver={(event) => event.dataTransfer?.types.includes(DRAGGED) && event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        const dragged = event.dataTransfer?.getData(DRAGGED);
        if (dragged && dragged !== key) acts.arrange((before) => movedBefore(before, dragged, key, all));
      }}
      onKeyDown={onKeyDown}
    >
      <Icon name="grip" small />
      <label class="ls-cut">
        <input
          type="checkbox"
          checked={!how.hidden.includes(key)}
          onChange={() => acts.arrange((before) => toggleIn(before, "hidden", key))}
        />
        <span class="ls-prefix">{column.prefix}</span>
        {column.name}
      </label>
      <span class="ls-grow" />
      {kind === "metric" && (
        <button
          type="button"
          class="ls-tag ls-goal-b"
          data-set={how.goals[key] !== undefined || undefined}
          onClick={() => acts.arrange((before) => nextGoal(before, key))}
        >
          {how.goals[key] ? `${how.goals[key]} is better` : "set goal"}
        </button>
      )}
      <button
        type="button"
        class="ls-icon-b"
        aria-pressed={pinned}
        aria-label={`${pinned ? "Unpin" : "Pin"} ${column.prefix}${column.name}`}
        onClick={() => acts.arrange((before) => toggleIn(before, "pinned", key))}
      >
        <Icon name="pin" small />
      </button>
    </div>
  );
}
