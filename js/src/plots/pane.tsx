// The pane of charts for the selected experiments, with one legend for all of them.

import type { ComponentChildren, ComponentProps } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { Acts } from "../acts.ts";
import type { Arrangement } from "../arrange/arrangement.ts";
import type { Column } from "../columns.ts";
import type { Experiment } from "../contract.ts";
import { formatCount, type Precision } from "../format.ts";
import { Icon } from "../icons.tsx";
import { LoggedCard } from "../logged/card.tsx";
import { loggedOf } from "../logged/logged.ts";
import { type Repeats, repeatsOf, type Together } from "../repeats/repeats.ts";
import type { Shared } from "../shared.ts";
import { Card } from "./card.tsx";
import { type ChartSpec, chartsOf } from "./charts.ts";
import { Head } from "./head.tsx";
import { Hover } from "./hover.ts";
import { ImageStrips } from "./images.tsx";
import { Legend } from "./legend.tsx";
import { flipped, type Size } from "./options.ts";
import { type Entry, entriesOf, type Group, groupsOf, needsHeads, together } from "./order.ts";
import { Pace } from "./pace.ts";

const AT_FIRST = 20;
/** The least width of a card and the height of its chart. */
const SIZES: Record<Size, Box> = {
  small: { width: 200, height: 128 },
  medium: { width: 280, height: 176 },
  large: { width: 440, height: 300 },
};

interface Box {
  width: number;
  height: number;
}

const sizes = ({ width, height }: Box) => ({ "--ls-chart-min": `${width}px`, "--ls-chart-h": `${height}px` });

export function Pane(shared: Shared) {
  const { model, transport, front } = shared;
  const { view } = model;
  const pace = useMemo(() => new Pace(), []);
  const hover = useMemo(() => new Hover(), []);
  const [all, showAll] = useState(false);
  const selected = selectedOf(shared);
  const joined = useTogether(selected, view.arrangement);
  const entries = entriesOf(chartsOf(selected), loggedOf(selected));
  const found = groupsOf(entries, view.plots);
  const heads = needsHeads(found);
  const groups = heads ? found : together(found);
  const open = groups.flatMap((group) => (group.closed ? [] : group.charts));
  const shown = new Set(all ? open : open.slice(0, AT_FIRST));
  const shownOf = (group: Group) => group.charts.filter((chart) => shown.has(chart));
  const order = groups.flatMap((group) => group.charts.map(({ id }) => id));
  const size = SIZES[view.plots.size];
  return (
    <section class="ls-pane" aria-label="Plots">
      <Head {...shared} selected={selected} />
      <Legend {...shared} selected={selected} repeats={joined?.repeats ?? []} />
      {selected.length === 0 && <p class="ls-hint">Tick a row to plot it.</p>}
      {entries.length > 0 && order.length === 0 && (
        <p class="ls-hint">
          <b>No chart is called like “{view.plots.find}”.</b>{" "}
          <button type="button" class="ls-b" onClick={() => shared.acts.plot((before) => ({ ...before, find: "" }))}>
            Show all
          </button>
        </p>
      )}
      {selected.length > 0 && entries.length === 0 && <p class="ls-hint">Charts appear with the first metric.</p>}
      {groups.map((group) => (
        <Section key={group.key} group={group} acts={shared.acts} style={sizes(size)}>
          {shownOf(group).map((entry) => (
            <EntryCard
              key={entry.id}
              {...{ entry, transport, pace, front, hover }}
              selection={view.selection}
              options={view.plots}
              columns={model.columns}
              {...(joined && { together: joined })}
              acts={shared.acts}
              all={order}
              height={size.height}
            />
          ))}
        </Section>
      ))}
      {shown.size < open.length && (
        <button type="button" class="ls-b ls-line ls-more-charts" onClick={() => showAll(true)}>
          Show {formatCount(open.length - shown.size)} more
        </button>
      )}
      <ImageStrips selected={selected} transport={transport} view={view} />
    </section>
  );
}

interface EntryProps
  extends Omit<ComponentProps<typeof Card>, "spec" | "precision">,
    Omit<ComponentProps<typeof LoggedCard>, "spec" | "id"> {
  entry: Entry;
  columns: readonly Column[];
}

function EntryCard({ entry, columns, ...props }: EntryProps) {
  if ("logged" in entry.of) return <LoggedCard id={entry.id} spec={entry.of.logged} {...props} />;
  return <Card spec={entry.of.chart} precision={precisionFor(columns, entry.of.chart)} {...props} />;
}

interface SectionProps {
  group: Group;
  acts: Acts;
  style: Record<string, string>;
  children: ComponentChildren;
}

/** The charts of one prefix; with a heading that folds them away where there are many. */
function Section({ group: { key, title, charts, closed }, acts, style, children }: SectionProps) {
  const fold = () => acts.plot((before) => ({ ...before, closed: flipped(before.closed, key) }));
  return (
    <>
      {title && (
        <button type="button" class="ls-b ls-group-head" aria-expanded={!closed} onClick={fold}>
          <Icon name={closed ? "chev" : "down"} small />
          <b>{title}</b>
          <span class="ls-n">{charts.length}</span>
        </button>
      )}
      <div class="ls-grid" style={style}>
        {children}
      </div>
    </>
  );
}

/** Which of the selected are one run again and again: the same object as long as that is the same. */
function useTogether(selected: readonly Experiment[], { over, band }: Arrangement): Together | null {
  const before = useRef<readonly Repeats[]>([]);
  const repeats = repeatsOf(selected, over, before.current);
  before.current = repeats;
  return useMemo(() => (repeats.length > 0 ? { repeats, over, band } : null), [repeats, over, band]);
}

/** In the order of their colours. */
function selectedOf({ model, transport }: Shared): Experiment[] {
  return [...model.view.selection]
    .sort(([, a], [, b]) => a - b)
    .map(([id]) => transport.state.experiments.get(id))
    .filter((experiment) => experiment !== undefined);
}

const PLAIN: Precision = { integer: false, decimals: 4 };

/** A tooltip writes a number the way its column does. */
function precisionFor(columns: readonly Column[], { metric }: ChartSpec): Precision {
  return (
    columns.find(({ field, prefix, name }) => field.kind === "metric" && prefix + name === metric)?.precision ?? PLAIN
  );
}
