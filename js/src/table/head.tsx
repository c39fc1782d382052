// The two header lines: the file above, the column below. Both stay when the rows scroll.

import { Component } from "preact";
import { type Column, fileGroups } from "../columns.ts";
import type { Placed, VisibleColumns } from "./rows.ts";

interface Props {
  columns: readonly Column[];
  visible: VisibleColumns;
}

export class Head extends Component<Props> {
  override shouldComponentUpdate({ columns, visible }: Props): boolean {
    return columns !== this.props.columns || visible !== this.props.visible;
  }

  override render({ columns, visible }: Props) {
    return (
      <div class="ls-head" role="rowgroup">
        <div class="ls-hrow ls-files" role="presentation">
          <div class="ls-cell ls-name" />
          <div class="ls-cell ls-status" />
          <Files columns={columns} />
        </div>
        <div class="ls-hrow" role="row" aria-rowindex={1}>
          <div class="ls-cell ls-name" role="columnheader" aria-colindex={1}>
            Experiment
          </div>
          <div class="ls-cell ls-status" role="columnheader" aria-colindex={2}>
            Status
          </div>
          {visible.placed.map((placed) => (
            <HeadCell key={placed.column.field.key} {...placed} />
          ))}
        </div>
      </div>
    );
  }
}

function Files({ columns }: { columns: readonly Column[] }) {
  let left = 0;
  return (
    <>
      {fileGroups(columns).map(({ key, label, columns: inFile }) => {
        const width = inFile.reduce((sum, column) => sum + column.width, 0);
        const place = { left: `calc(var(--ls-lead) + ${left}px)`, width: `${width}px` };
        left += width;
        return (
          <div key={key} class="ls-cell ls-file" style={place} title={inFile[0]?.field.file}>
            <span>{label}</span>
          </div>
        );
      })}
    </>
  );
}

function HeadCell({ column, left, starts, index }: Placed) {
  const classes = ["ls-cell", "ls-col", column.numeric ? "ls-num" : "", starts ? "ls-starts" : ""]
    .filter(Boolean)
    .join(" ");
  const place = { left: `calc(var(--ls-lead) + ${left}px)`, width: `${column.width}px` };
  return (
    <div
      class={classes}
      role="columnheader"
      aria-colindex={index + 3}
      style={place}
      title={column.prefix + column.name}
    >
      <span class="ls-prefix">{column.prefix}</span>
      <b>{column.name}</b>
    </div>
  );
}
