// The line above the charts: how all of them are smoothed, scaled and found.

import type { Experiment } from "../contract.ts";
import { metricName } from "../contract.ts";
import { Icon } from "../icons.tsx";
import type { Shared } from "../shared.ts";
import { answers } from "../transport/transport.ts";
import { GroupControl } from "./group_control.tsx";
import { AXES, METRIC, type Options, SCALES, SMOOTHEST, type XAxis } from "./options.ts";
import { PaneMenu } from "./pane_menu.tsx";
import { Switch } from "./switch.tsx";

export function Head({ model, acts, transport, selected }: Shared & { selected: readonly Experiment[] }) {
  const options = model.view.plots;
  const set = (some: Partial<Options>) => acts.plot((before) => ({ ...before, ...some }));
  const asked = answers(transport);
  const grouped = transport.connection.kind !== "snapshot";
  return (
    <div class="ls-phead ls-charts-head">
      {asked && <Smooth options={options} set={set} />}
      <span class="ls-ctl ls-axes">
        <Switch label="X" options={AXES} value={options.x} choose={(x) => set({ x })} />
        {asked && <OtherAxis options={options} set={set} selected={selected} />}
      </span>
      <Switch label="Y" options={SCALES} value={options.y} choose={(y) => set({ y, turned: [] })} />
      {grouped && <GroupControl model={model} acts={acts} />}
      <span class="ls-grow" />
      <label class="ls-find" data-on={options.find !== "" || undefined} title="Find a chart">
        <Icon name="search" small />
        <input
          type="search"
          placeholder="Find a chart"
          aria-label="Find a chart"
          value={options.find}
          onInput={(event) => set({ find: event.currentTarget.value })}
        />
      </label>
      <PaneMenu model={model} acts={acts} transport={transport} grouped={grouped} />
    </div>
  );
}

interface Part {
  options: Options;
  set(some: Partial<Options>): void;
}

function Smooth({ options: { smooth }, set }: Part) {
  const turn = (event: Event) => set({ smooth: Number((event.currentTarget as HTMLInputElement).value) });
  return (
    <label class="ls-ctl">
      Smoothing
      <input type="range" min="0" max={SMOOTHEST} step="0.01" value={smooth} onInput={turn} />
      <output>{smooth.toFixed(2)}</output>
    </label>
  );
}

/** Any metric may be the x axis: epochs, samples, tokens. */
function OtherAxis({ options: { x }, set, selected }: Part & { selected: readonly Experiment[] }) {
  const names = new Set(selected.flatMap(({ series }) => Object.keys(series).map(metricName)));
  if (names.size < 2 && !x.startsWith(METRIC)) return null;
  const choose = (event: Event) => set({ x: ((event.currentTarget as HTMLSelectElement).value || "step") as XAxis });
  return (
    <select
      class="ls-pick"
      data-off={!x.startsWith(METRIC) || undefined}
      aria-label="A metric as X axis"
      value={x.startsWith(METRIC) ? x : ""}
      onChange={choose}
    >
      <option value="">metric…</option>
      {[...names].sort().map((name) => (
        <option key={name} value={METRIC + name}>
          {name}
        </option>
      ))}
    </select>
  );
}
