// Parameters against metrics over the experiments in view: parallel coordinates and a scatter, with one selection.

import { useEffect, useMemo, useState } from "preact/hooks";
import type { Acts } from "../acts.ts";
import type { Experiment } from "../contract.ts";
import type { Front } from "../front.ts";
import { useWidth } from "../hooks.ts";
import { Icon } from "../icons.tsx";
import { Menu } from "../menu.tsx";
import type { Model } from "../model.ts";
import { flipped } from "../plots/options.ts";
import { variedParams } from "../repeats/repeats.ts";
import { type Axis, axisOf, type Dimension, dimensionsOf, SHADES, shadeOf } from "./axis.ts";
import { type Brushes, brushed, within } from "./brush.ts";
import { Parallel } from "./parallel.tsx";
import { Scatter } from "./scatter.tsx";

/** At first: so many parameters that differ, and so many metrics. */
const AT_FIRST = { params: 5, metrics: 2 };

export interface AcrossProps {
  model: Pick<Model, "inView" | "known" | "view">;
  acts: Pick<Acts, "selectOnly" | "trend">;
  front: Front;
}

export function Across({ model, acts, front }: AcrossProps) {
  const { inView, known, view } = model;
  const { ref, width } = useWidth<HTMLDivElement>();
  const { trends: choice } = view;
  const [brushes, setBrushes] = useState<Brushes>(new Map());
  const [dragging, drag] = useState(false);
  const pointed = useFront(front);
  const dimensions = useMemo(() => dimensionsOf(known).filter(({ path }) => path !== "step"), [known]);
  const first = useMemo(() => firstOf(dimensions, inView), [dimensions, inView.length]);
  const byKey = new Map(dimensions.map((one) => [one.key, one]));
  const keys = (choice.axes ?? first).filter((key) => byKey.has(key));
  const metric = keys.findLast((key) => key.startsWith("metric ")) ?? keys.at(-1) ?? "";
  const xKey = choice.x ?? keys.find((key) => key.startsWith("param ")) ?? keys[0] ?? "";
  const yKey = choice.y ?? metric;
  const colourKey = choice.colour ?? metric;
  const axes = useAxes([...keys, xKey, yKey, colourKey], byKey, inView);
  const shown = keys.flatMap((key) => axes.get(key) ?? []);
  const ids = inView.map(({ id }) => id);
  const names = inView.map(({ name }) => name);
  const colour = colourKey === "" ? undefined : axes.get(colourKey);
  const shades = colour ? colour.places.map(shadeOf) : null;
  const front_ = pointed === null ? -1 : ids.indexOf(pointed);
  const point = (at: number) => (at < 0 ? front.leave() : front.enter(ids[at] ?? ""));
  const selectAt = (at: readonly number[]) => acts.selectOnly(at.map((index) => ids[index] ?? ""));
  // While it is dragged only the lines follow: the table and all that is told of a selection would be too slow for that.
  const brush = (key: string, stretch: readonly [number, number] | null, done: boolean) => {
    const next = brushed(brushes, key, stretch);
    setBrushes(next);
    drag(!done);
    if (done && next.size > 0) selectAt(within(shown, next, ids.length));
  };
  const selection = dragging
    ? new Map(within(shown, brushes, ids.length).map((at) => [ids[at] ?? "", view.selection.get(ids[at] ?? "") ?? 0]))
    : view.selection;
  const [x, y] = [axes.get(xKey), axes.get(yKey)];
  const common = { ids, names, shades, selection, front: front_, point };
  if (dimensions.length === 0)
    return <p class="ls-hint">Parameters and metrics appear here when something logs them.</p>;
  return (
    <div class="ls-across" ref={ref}>
      <div class="ls-across-head">
        <AxesControl dimensions={dimensions} keys={keys} set={(axes) => acts.trend({ axes })} />
        <Pick
          label="Colour"
          value={colourKey}
          dimensions={dimensions}
          none="selection"
          set={(colour) => acts.trend({ colour })}
        />
        {colour && <Shades axis={colour} />}
        <span class="ls-grow" />
        {brushes.size > 0 && (
          <button type="button" class="ls-b" onClick={() => setBrushes(new Map())}>
            Clear brushes
          </button>
        )}
        <span class="ls-dim ls-small">Drag along an axis, or around dots, to select rows</span>
      </div>
      {width > 0 && shown.length > 0 && (
        <section class="ls-card ls-across-card" aria-label="Parallel coordinates">
          <Parallel {...common} axes={shown} brushes={brushes} brush={brush} width={width - 2} />
        </section>
      )}
      {width > 0 && x && y && (
        <section class="ls-card ls-across-card" aria-label="Scatter">
          <header>
            <Pick label="Y" value={yKey} dimensions={dimensions} set={(y) => acts.trend({ y })} />
            <Pick label="X" value={xKey} dimensions={dimensions} set={(x) => acts.trend({ x })} />
          </header>
          <Scatter {...common} x={x} y={y} select={selectAt} width={width - 2} />
        </section>
      )}
    </div>
  );
}

/** The experiment somebody points at, here or in the table. */
function useFront(front: Front): string | null {
  const [id, set] = useState(front.id);
  useEffect(() => front.subscribe(() => set(front.id)), [front]);
  return id;
}

function firstOf(dimensions: readonly Dimension[], experiments: readonly Experiment[]): string[] {
  const varied = new Set(variedParams(experiments));
  const params = dimensions.filter(({ kind, path }) => kind === "param" && varied.has(path));
  const metrics = dimensions.filter(({ kind }) => kind === "metric");
  return [...params.slice(0, AT_FIRST.params), ...metrics.slice(0, AT_FIRST.metrics)].map(({ key }) => key);
}

function useAxes(
  keys: readonly string[],
  dimensions: ReadonlyMap<string, Dimension>,
  experiments: readonly Experiment[],
): ReadonlyMap<string, Axis> {
  const wanted = [...new Set(keys)].sort();
  return useMemo(
    () =>
      new Map(
        wanted.flatMap((key) => {
          const dimension = dimensions.get(key);
          return dimension ? [[key, axisOf(dimension, experiments)] as const] : [];
        }),
      ),
    [experiments, wanted.join("\n"), dimensions.size],
  );
}

interface PickProps {
  label: string;
  value: string;
  dimensions: readonly Dimension[];
  none?: string;
  set(key: string): void;
}

const Pick = ({ label, value, dimensions, none, set }: PickProps) => (
  <label class="ls-ctl">
    {label}
    <select class="ls-pick" value={value} onChange={(event) => set(event.currentTarget.value)}>
      {none && <option value="">{none}</option>}
      {dimensions.map(({ key, path }) => (
        <option key={key} value={key}>
          {path}
        </option>
      ))}
    </select>
  </label>
);

/** The colour scale with the values at its ends. */
const Shades = ({ axis: { ticks, dimension } }: { axis: Axis }) => (
  <span class="ls-ctl" title={`The bluer, the more ${dimension.path}`}>
    {ticks[0]?.text}
    <span class="ls-shades" aria-hidden="true">
      {Array.from({ length: SHADES }, (_, shade) => (
        <i key={shade} class={`ls-shade-${shade}`} />
      ))}
    </span>
    {ticks.at(-1)?.text}
  </span>
);

function AxesControl({
  dimensions,
  keys,
  set,
}: {
  dimensions: readonly Dimension[];
  keys: readonly string[];
  set(keys: readonly string[]): void;
}) {
  const [opener, open] = useState<HTMLElement | null>(null);
  const close = (back: boolean) => {
    if (back) opener?.focus({ preventScroll: true });
    open(null);
  };
  return (
    <span class="ls-ctl ls-holder ls-group-by">
      <button
        type="button"
        class="ls-b ls-line"
        aria-haspopup="menu"
        aria-expanded={opener !== null}
        onClick={(event) => open(opener ? null : event.currentTarget)}
      >
        Axes <span class="ls-n">{keys.length}</span>
        <Icon name="down" small />
      </button>
      {opener && (
        <Menu label="Axes" opener={opener} close={close}>
          {dimensions.map(({ key, path }) => (
            <button
              type="button"
              key={key}
              class="ls-mi"
              {...{ role: "menuitemcheckbox", "aria-checked": keys.includes(key) }}
              tabIndex={-1}
              onClick={() => set(flipped(keys, key))}
            >
              <span class="ls-mi-mark">{keys.includes(key) && <Icon name="check" small />}</span>
              <span class="ls-cut">{path}</span>
            </button>
          ))}
        </Menu>
      )}
    </span>
  );
}
