// The rows in sight.

import type { ComponentProps } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { baselineId } from "../baseline.ts";
import { committedOf } from "../committed.ts";
import type { Experiment } from "../contract.ts";
import { type Fields, fieldsOf } from "../flat.ts";
import type { Model } from "../model.ts";
import { idsOf, type Row } from "../sections.ts";
import type { Shared } from "../shared.ts";
import { statusView } from "../status.ts";
import type { Differs } from "./cell.tsx";
import { ExperimentRow, type RowActs } from "./experiment_row.tsx";
import { CommitRow, SectionRow } from "./group_rows.tsx";
import { RepeatsRow } from "./repeats_row.tsx";
import type { Placed, VirtualRows } from "./rows.ts";

interface Props extends Shared {
  virtual: VirtualRows;
  placed: readonly Placed[];
  active: number;
  cursor: number;
  /** Begins the ids of the row elements, so that two tables on one page do not share them. */
  prefix: string;
  menuId: string | undefined;
  rowActs: RowActs;
  differs: Differs;
}

export function Body(props: Props) {
  const { model, virtual } = props;
  const arrivals = useArrivals(model, props.transport.state.complete);
  return (
    <div class="ls-body" role="rowgroup" style={{ height: `${virtual.total}px` }}>
      {virtual.indexes.map((index) => {
        const row = model.rows[index];
        return row && drawRow(row, index, props, arrivals);
      })}
    </div>
  );
}

function drawRow(row: Row, index: number, props: Props, arrivals: ReadonlySet<string>) {
  const { active, prefix, virtual, rowActs: acts, now, transport } = props;
  const common = { index, top: index * virtual.height, domId: `${prefix}${index}`, active: index === active, acts };
  const { arrangement: how } = props.model.view;
  const { baseline } = props.model;
  const base = how.delta && baseline ? fieldsOf(baseline) : null;
  const known = (ids: readonly string[]) =>
    ids.map((id) => transport.state.experiments.get(id)).filter((one) => one !== undefined);
  switch (row.kind) {
    case "section":
      return (
        <SectionRow
          key={row.key}
          row={row}
          experiments={row.open ? NOBODY : known(idsOf(row.section))}
          now={now}
          revealed={how.showConcealed}
          {...common}
        />
      );
    case "commit": {
      const isBaseline = how.baseline === baselineId(row.group.commit);
      return (
        <CommitRow
          key={row.key}
          row={row}
          experiments={row.open ? NOBODY : known(row.group.experiments)}
          holder={committedOf(row.group.commit, props.model.project)}
          columns={props.placed}
          base={isBaseline ? null : base}
          isBaseline={isBaseline}
          differs={props.differs}
          now={now}
          {...common}
        />
      );
    }
    case "repeats": {
      const { selection, arrangement } = props.model.view;
      const found = row.repeats.ids.map((id) => transport.state.experiments.get(id));
      const experiments = found.filter((one) => one !== undefined);
      return (
        <RepeatsRow
          key={row.key}
          row={row}
          experiments={experiments}
          selection={selection}
          over={arrangement.over}
          band={arrangement.band}
          columns={props.placed}
          now={now}
          {...common}
        />
      );
    }
    case "experiment": {
      const run = transport.state.experiments.get(row.id);
      return run && drawRun(run, row, base, props, { ...common, arrived: arrivals.has(row.id) });
    }
  }
}

type RunRow = Extract<Row, { kind: "experiment" }>;
type Common = Pick<ComponentProps<typeof ExperimentRow>, "index" | "top" | "domId" | "active" | "acts" | "arrived">;

function drawRun(experiment: Experiment, row: RunRow, base: Fields | null, props: Props, common: Common) {
  const { arrangement: how, selection } = props.model.view;
  const { id } = experiment;
  const isBaseline = how.baseline === id;
  return (
    <ExperimentRow
      key={row.key}
      experiment={experiment}
      status={statusView(experiment, props.now)}
      columns={props.placed}
      yardsticks={props.model.yardsticks}
      base={isBaseline ? null : base}
      differs={props.differs}
      isBaseline={isBaseline}
      starred={how.starred.includes(id)}
      concealed={how.concealed.includes(id)}
      cursor={common.active ? props.cursor : -1}
      slot={selection.get(id) ?? null}
      rail={row.rail}
      menuOpen={props.menuId === id}
      fresh={props.transport.connection.kind !== "lost"}
      {...common}
    />
  );
}

/** The runs that came while we looked and were not drawn before; empty at first paint. */
function useArrivals({ experiments, project }: Model, complete: boolean): ReadonlySet<string> {
  const known = useRef<Set<string> | null>(null);
  const of = useRef(project?.id);
  // Another project's rows are no arrivals.
  if (of.current !== project?.id) known.current = null;
  of.current = project?.id;
  // Counted after the frame is painted: at first paint there may be ten thousand.
  useEffect(() => {
    if (known.current?.size !== experiments.length) known.current = new Set(experiments.map(({ id }) => id));
  });
  const before = known.current;
  // Until everything has come once, nothing is news.
  if (!before || !complete || before.size === experiments.length) return NONE;
  return new Set(experiments.map(({ id }) => id).filter((id) => !before.has(id)));
}

const NOBODY: readonly Experiment[] = [];
const NONE: ReadonlySet<string> = new Set();
