// The line below the toolbar: what is filtered, and a field to find rows by name. Absent when there is neither.

import { useLayoutEffect, useRef } from "preact/hooks";
import { type Filter, withFilterAt, withoutFilter } from "../arrange/arrangement.ts";
import { isSaid } from "../arrange/filters.ts";
import { BRANCH, NAME, STARTED, STATUS } from "../arrange/values.ts";
import type { Column } from "../columns.ts";
import { Icon } from "../icons.tsx";
import type { Shared } from "../shared.ts";
import { isChanged } from "../view.ts";

const FIXED: Record<string, string> = { [NAME]: "Name", [STATUS]: "Status", [STARTED]: "Started", [BRANCH]: "Branch" };

export function Chips({ model, acts, transport }: Shared) {
  const { arrangement: how, panel, selectedOnly } = model.view;
  const { project } = model;
  const finding = panel === "find" || how.find !== "";
  const unsaved = project !== null && transport.actions !== null && isChanged(model.view);
  if (!finding && how.filters.length === 0 && !selectedOnly && !unsaved) return null;
  return (
    <div class="ls-chips">
      {finding && <Find find={how.find} asked={panel === "find"} acts={acts} />}
      {selectedOnly && (
        <span class="ls-chip">
          Only selected
          <button type="button" aria-label="Show the others too" onClick={acts.toggleSelected}>
            <Icon name="x" small />
          </button>
        </span>
      )}
      {how.filters.map((filter, at) => (
        <span class="ls-chip" key={at} data-off={!filter.on || !isSaid(filter) || undefined}>
          <button
            type="button"
            title={filter.on ? "Switch this filter off" : "Switch this filter on"}
            onClick={() => acts.arrange((before) => withFilterAt(before, at, { on: !filter.on }))}
          >
            {wordOf(filter, model.known)}
          </button>
          <button
            type="button"
            aria-label={`Remove ${wordOf(filter, model.known)}`}
            onClick={() => acts.arrange((before) => withoutFilter(before, at))}
          >
            <Icon name="x" small />
          </button>
        </span>
      ))}
      {unsaved && (
        <span class="ls-unsaved">
          <span class="ls-dim">View not saved</span>
          <button type="button" class="ls-b" onClick={() => void acts.saveView(project, model.view)}>
            Save
          </button>
          <button type="button" class="ls-b" onClick={acts.discardView}>
            Discard
          </button>
        </span>
      )}
    </div>
  );
}

function Find({ find, asked, acts }: { find: string; asked: boolean } & Pick<Shared, "acts">) {
  const ref = useRef<HTMLInputElement>(null);
  // At once: what is typed next must not reach the table, where letters are verbs.
  useLayoutEffect(() => {
    if (asked) ref.current?.focus({ preventScroll: true });
  }, [asked]);
  const leave = () => {
    acts.openPanel(null);
    const table = ref.current?.closest(".ls")?.querySelector<HTMLElement>(".ls-scroll");
    table?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    event.stopPropagation();
    if (event.key === "Escape") acts.arrange((before) => ({ ...before, find: "" }));
    leave();
  };
  return (
    <span class="ls-search ls-find">
      <Icon name="search" small />
      <input
        ref={ref}
        type="text"
        placeholder="Find a row"
        aria-label="Find a row by its name"
        value={find}
        spellcheck={false}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          const { value } = event.currentTarget;
          acts.arrange((before) => ({ ...before, find: value }));
        }}
        onBlur={() => asked && acts.openPanel(null)}
      />
    </span>
  );
}

function wordOf({ column, test, text, difference }: Filter, columns: readonly Column[]): string {
  const found = columns.find(({ field }) => field.key === column);
  const name = FIXED[column] ?? (found ? found.prefix + found.name : "a column that is gone");
  return [name, difference ? "Δ" : "", test, text].filter(Boolean).join(" ");
}
