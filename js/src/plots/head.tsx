// The line above the charts: how all of them are smoothed, scaled and found.

import type { Experiment } from "../contract.ts";
import { metricName } from "../contract.ts";
import { Icon } from "../icons.tsx";
import type { Shared } from "../shared.ts";
import { GroupControl } from "./group_control.tsx";
import { METRIC, type Options, type Size, type Smoothing, type XAxis } from "./options.ts";
import { Switch } from "./switch.tsx";

const AXES: readonly XAxis[] = ["step", "time", "relative"];
const SMOOTHEST = 0.99;

export function Head({ model, acts, transport, selected }: Shared & { selected: readonly Experiment[] }) {
  const options = model.view.plots;
  const set = (some: Partial<Options>) => acts.plot((before) => ({ ...before, ...some }));
  // A kernel pushes its lines unasked, with the times of their points and without anything else.
  const asked = transport.connection.kind !== "kernel" && transport.connection.kind !== "snapshot";
  return (
    <div class="ls-phead">
      {asked && <Smooth options={options} set={set} />}
      <span class="ls-ctl">
        <Switch label="X" options={AXES} value={options.x} choose={(x) => set({ x })} />
        {asked && <OtherAxis options={options} set={set} selected={selected} />}
      </span>
      <Switch label="Y" options={["linear", "log"]} value={options.y} choose={(y) => set({ y, turned: [] })} />
      {transport.connection.kind !== "snapshot" && <GroupControl model={model} acts={acts} />}
      <span class="ls-grow" />
      <label class="ls-find">
        <Icon name="search" small />
        <input
          type="search"
          placeholder="Find a chart"
          aria-label="Find a chart"
          value={options.find}
          onInput={(event) => set({ find: event.currentTarget.value })}
        />
      </label>
      <select
        class="ls-pick"
        aria-label="Size of the charts"
        value={options.size}
        onChange={(event) => set({ size: event.currentTarget.value as Size })}
      >
        <option value="small">small</option>
        <option value="medium">medium</option>
        <option value="large">large</option>
      </select>
    </div>
  );
}

interface Part {
  options: Options;
  set(some: Partial<Options>): void;
}

function Smooth({ options: { smooth, smoothing }, set }: Part) {
  const turn = (event: Event) => set({ smooth: Number((event.currentTarget as HTMLInputElement).value) });
  const other: Smoothing = smoothing === "ema" ? "centred" : "ema";
  return (
    <span class="ls-ctl">
      <label class="ls-ctl">
        Smoothing
        <input type="range" min="0" max={SMOOTHEST} step="0.01" value={smooth} onInput={turn} />
        <output>{smooth.toFixed(2)}</output>
      </label>
      {smooth > 0 && (
        <button
          type="button"
          class="ls-b ls-line"
          title={`Smooth ${other === "ema" ? "over the past only, as it looks while a run is live" : "around each point, without lag"}`}
          onClick={() => set({ smoothing: other })}
        >
          {smoothing === "ema" ? "past" : "centred"}
        </button>
      )}
    </span>
  );
}

/** Any metric may be the x axis: epochs, samples, tokens. */
function OtherAxis({ options: { x }, set, selected }: Part & { selected: readonly Experiment[] }) {
  const names = new Set(selected.flatMap(({ series }) => Object.keys(series).map(metricName)));
  if (names.size < 2 && !x.startsWith(METRIC)) return null;
  const choose = (event: Event) => set({ x: ((event.currentTarget as HTMLSelectElement).value || "step") as XAxis });
  return (
    <select class="ls-pick" aria-label="A metric as X axis" value={x.startsWith(METRIC) ? x : ""} onChange={choose}>
      <option value="">metric…</option>
      {[...names].sort().map((name) => (
        <option key={name} value={METRIC + name}>
          {name}
        </option>
      ))}
    </select>
  );
}
