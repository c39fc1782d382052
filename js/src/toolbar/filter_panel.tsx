// The filters, one line each, and the quick ones above.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Acts } from "../acts.ts";
import { type Filter, TESTS, type Test, withFilter, withFilterAt, withoutFilter } from "../arrange/arrangement.ts";
import { BRANCH, NAME, STARTED, STATUS } from "../arrange/values.ts";
import type { Column } from "../columns.ts";
import { formatCount } from "../format.ts";
import { Icon } from "../icons.tsx";
import { Panel } from "../panel.tsx";
import type { Shared } from "../shared.ts";
import { isChanged } from "../view.ts";

const FIXED = [
  [NAME, "Name"],
  [STATUS, "Status"],
  [STARTED, "Started"],
  [BRANCH, "Branch"],
] as const;

export function FilterPanel({ model, acts, transport, opener }: Shared & { opener: Element | null }) {
  const { view, known, passing, experiments, branches, project } = model;
  const { filters } = view.arrangement;
  const [added, add] = useState(-1);
  const first = known.find(({ field, name }) => field.kind === "metric" && name !== "step") ?? known[0];
  const fresh: Filter = { column: first?.field.key ?? NAME, test: "≥", text: "", difference: false, on: true };
  return (
    <Panel label="Filter" opener={opener} close={() => acts.openPanel(null)}>
      <div class="ls-panel-head">
        <b>Filter</b>
        <span class="ls-grow" />
        <button
          type="button"
          class="ls-b"
          onClick={acts.clearFilters}
          disabled={filters.length === 0 && !view.selectedOnly}
        >
          Clear all
        </button>
      </div>
      <div class="ls-quick">
        <Quick word="Only running" on={view.liveOnly} act={acts.toggleLive} />
        <Quick word="Only selected" on={view.selectedOnly} act={acts.toggleSelected} />
        <QuickStatus word="Failed or stopped" filters={filters} acts={acts} />
        <Quick
          word="Show hidden rows"
          on={view.arrangement.showConcealed}
          act={() => acts.arrange((before) => ({ ...before, showConcealed: !before.showConcealed }))}
        />
        <Quick
          word="One list"
          on={view.arrangement.flat}
          act={() => acts.arrange((before) => ({ ...before, flat: !before.flat }))}
        />
      </div>
      {filters.map((filter, at) => (
        <Line key={at} filter={filter} at={at} columns={known} branches={branches} acts={acts} fresh={at === added} />
      ))}
      <button
        type="button"
        class="ls-b ls-add"
        data-first={filters.length === 0 || undefined}
        onClick={() => {
          add(filters.length);
          acts.arrange((before) => withFilter(before, fresh));
        }}
      >
        <Icon name="plus" />
        Add filter
      </button>
      <div class="ls-panel-foot">
        <span aria-live="polite">
          {formatCount(passing)} of {formatCount(experiments.length)} experiments
        </span>
        <span class="ls-grow" />
        {project && transport.actions && (
          <button
            type="button"
            class="ls-b ls-line"
            disabled={!isChanged(view)}
            title="Everybody who opens this project finds it like this"
            onClick={() => void acts.saveView(project, view)}
          >
            Save view
          </button>
        )}
      </div>
    </Panel>
  );
}

function Quick({ word, on, act }: { word: string; on: boolean; act(): void }) {
  return (
    <button type="button" class="ls-chip" aria-pressed={on} onClick={act}>
      {on && <Icon name="check" small />}
      {word}
    </button>
  );
}

/** What did not go well. Two tests on one column have to be passed both, so this is said by what it is not. */
const BAD: readonly Filter[] = ["running", "completed"].map((text) => ({
  column: STATUS,
  test: "≠",
  text,
  difference: false,
  on: true,
}));

function QuickStatus({ word, filters, acts }: { word: string; filters: readonly Filter[]; acts: Acts }) {
  const isBad = (filter: Filter) =>
    BAD.some(({ column, test, text }) => filter.column === column && filter.test === test && filter.text === text);
  const on = filters.filter((filter) => filter.on && isBad(filter)).length === BAD.length;
  const act = () =>
    acts.arrange((before) => {
      const others = before.filters.filter((filter) => !isBad(filter));
      return { ...before, filters: on ? others : [...others, ...BAD] };
    });
  return <Quick word={word} on={on} act={act} />;
}

interface LineProps {
  filter: Filter;
  at: number;
  columns: readonly Column[];
  branches: readonly string[];
  acts: Acts;
  /** Just added: what is missing is its value. */
  fresh: boolean;
}

function Line({ filter, at, columns, branches, acts, fresh }: LineProps) {
  const change = (more: Partial<Filter>) => acts.arrange((before) => withFilterAt(before, at, more));
  const said = filter.test === "is there" || filter.test === "is missing";
  const numeric = columns.find(({ field }) => field.key === filter.column)?.numeric ?? false;
  return (
    <div class="ls-filter">
      <input
        type="checkbox"
        aria-label="Use this filter"
        checked={filter.on}
        onChange={(event) => change({ on: event.currentTarget.checked })}
      />
      <select
        aria-label="Column"
        value={filter.column}
        data-first
        onChange={(event) => change({ column: event.currentTarget.value })}
      >
        {FIXED.map(([id, word]) => (
          <option key={id} value={id}>
            {word}
          </option>
        ))}
        {columns.map(({ field, prefix, name }) => (
          <option key={field.key} value={field.key}>
            {prefix + name}
          </option>
        ))}
      </select>
      <select
        aria-label="Test"
        value={filter.test}
        onChange={(event) => change({ test: event.currentTarget.value as Test })}
      >
        {TESTS.map((test) => (
          <option key={test} value={test}>
            {test}
          </option>
        ))}
      </select>
      {!said && <Wanted filter={filter} branches={branches} change={change} fresh={fresh} />}
      {numeric && !said && (
        <label class="ls-difference" title="Test the difference from the baseline">
          <input
            type="checkbox"
            checked={filter.difference}
            onChange={(event) => change({ difference: event.currentTarget.checked })}
          />
          Δ
        </label>
      )}
      <button
        type="button"
        class="ls-icon-b"
        aria-label="Remove this filter"
        onClick={() => acts.arrange((before) => withoutFilter(before, at))}
      >
        <Icon name="x" small />
      </button>
    </div>
  );
}

const STATUSES = ["running", "completed", "failed", "stopped"];

interface WantedProps {
  filter: Filter;
  branches: readonly string[];
  change(more: Partial<Filter>): void;
  fresh: boolean;
}

function Wanted({ filter, branches, change, fresh }: WantedProps) {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (fresh) field.current?.focus({ preventScroll: true });
  }, []);
  const choices = filter.column === STATUS ? STATUSES : filter.column === BRANCH ? branches : null;
  if (choices && filter.test !== "contains") {
    return (
      <select aria-label="Value" value={filter.text} onChange={(event) => change({ text: event.currentTarget.value })}>
        <option value="" />
        {choices.map((status) => (
          <option key={status} value={status}>
            {status}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      ref={field}
      type="text"
      placeholder={filter.column === STARTED ? "2026-01-31 12:00" : ""}
      aria-label="Value"
      value={filter.text}
      spellcheck={false}
      onInput={(event) => change({ text: event.currentTarget.value })}
    />
  );
}
