// There are experiments, and no row of them is shown: because of filters, or because nothing is running.

import type { Acts } from "../acts.ts";
import { isSaid } from "../arrange/filters.ts";
import { formatCount } from "../format.ts";
import type { Model } from "../model.ts";

export function NoMatch({ model, acts }: { model: Model; acts: Acts }) {
  const { liveOnly, selectedOnly, selection, arrangement: how } = model.view;
  const count = how.filters.filter((filter) => filter.on && isSaid(filter)).length + (how.find ? 1 : 0);
  if (selectedOnly && selection.size === 0) return <NoneSelected acts={acts} />;
  if (count === 0 && liveOnly) return <NoneLive acts={acts} />;
  if (count === 0 && !selectedOnly) return <AllHidden model={model} acts={acts} />;
  return (
    <div class="ls-pad">
      <h3>
        {count === 0
          ? "Nothing that is selected is shown."
          : `No experiment matches ${formatCount(count)} ${count === 1 ? "filter" : "filters"}.`}
      </h3>
      <p>{liveOnly ? "Only running experiments are asked. " : ""}New ones appear here when they match.</p>
      <button type="button" class="ls-b ls-line" onClick={acts.clearFilters}>
        Clear filters
      </button>
    </div>
  );
}

function NoneSelected({ acts }: { acts: Acts }) {
  return (
    <div class="ls-pad">
      <h3>Nothing is selected</h3>
      <p>Only selected experiments are shown.</p>
      <button type="button" class="ls-b ls-line" onClick={acts.toggleSelected}>
        Show all
      </button>
    </div>
  );
}

function NoneLive({ acts }: { acts: Acts }) {
  return (
    <div class="ls-pad">
      <h3>Nothing is running</h3>
      <p>Only running experiments are shown. New ones appear here with their first value.</p>
      <button type="button" class="ls-b ls-line" onClick={acts.toggleLive}>
        Show all
      </button>
    </div>
  );
}

function AllHidden({ model, acts }: { model: Model; acts: Acts }) {
  return (
    <div class="ls-pad">
      <h3>All rows are hidden</h3>
      <p>{formatCount(model.concealed)} experiments were put out of sight. Nothing is deleted.</p>
      <button
        type="button"
        class="ls-b ls-line"
        onClick={() => acts.arrange((before) => ({ ...before, showConcealed: true }))}
      >
        Show them
      </button>
    </div>
  );
}
