// The rows in sight.

import { useEffect, useRef } from "preact/hooks";
import { committedOf } from "../committed.ts";
import { fieldsOf } from "../flat.ts";
import type { Model } from "../model.ts";
import type { Row } from "../sections.ts";
import type { Shared } from "../shared.ts";
import { statusView } from "../status.ts";
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
  switch (row.kind) {
    case "section":
      return <SectionRow key={row.key} row={row} revealed={props.model.view.arrangement.showConcealed} {...common} />;
    case "commit": {
      const found = row.group.experiments.map((id) => transport.state.experiments.get(id));
      const experiments = found.filter((one) => one !== undefined);
      return (
        <CommitRow
          key={row.key}
          row={row}
          experiments={experiments}
          holder={committedOf(row.group.commit, props.model.project)}
          columns={props.placed}
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
      const experiment = transport.state.experiments.get(row.id);
      if (!experiment) return null;
      const { arrangement: how } = props.model.view;
      const { baseline } = props.model;
      const isBaseline = how.baseline === row.id;
      return (
        <ExperimentRow
          key={row.key}
          experiment={experiment}
          status={statusView(experiment, now)}
          columns={props.placed}
          yardsticks={props.model.yardsticks}
          base={how.delta && baseline && !isBaseline ? fieldsOf(baseline) : null}
          isBaseline={isBaseline}
          starred={how.starred.includes(row.id)}
          concealed={how.concealed.includes(row.id)}
          cursor={index === active ? props.cursor : -1}
          slot={props.model.view.selection.get(row.id) ?? null}
          rail={row.rail}
          menuOpen={props.menuId === row.id}
          fresh={transport.connection.kind !== "lost"}
          arrived={arrivals.has(row.id)}
          {...common}
        />
      );
    }
  }
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

const NONE: ReadonlySet<string> = new Set();
