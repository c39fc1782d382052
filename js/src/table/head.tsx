// The two header lines: the file above, the column below. Both stay when the rows scroll.

import { Component, type ComponentChildren } from "preact";
import type { Sort } from "../arrange/arrangement.ts";
import { NAME, STATUS } from "../arrange/values.ts";
import type { Column } from "../columns.ts";
import { Icon } from "../icons.tsx";
import { ColumnWidth } from "./column_width.tsx";
import { fileSpans } from "./file_spans.ts";
import type { Placed, VisibleColumns } from "./rows.ts";

export interface HeadActs {
  /** Closes every group, or opens them again. */
  fold(): void;
  sort(column: string, beside: boolean): void;
  resize(column: string, width: number): void;
  menu(column: string, at: Element): void;
  move(column: string, before: string): void;
}

interface Props {
  columns: readonly Column[];
  pinned: number;
  visible: VisibleColumns;
  sorts: readonly Sort[];
  goals: Readonly<Record<string, string>>;
  /** Whether a group is open; null where there is none. */
  open: boolean | null;
  acts: HeadActs;
}

export class Head extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    return (["columns", "visible", "sorts", "goals", "open"] as const).some((key) => next[key] !== this.props[key]);
  }

  override render({ columns, pinned, visible, sorts, goals, open, acts }: Props) {
    const cells = visible.placed.map((placed) => (
      <HeadCell key={placed.column.field.key} placed={placed} sorts={sorts} goals={goals} acts={acts} />
    ));
    const pinnedCells = visible.placed.filter((placed) => placed.pinned).length;
    return (
      <div class="ls-head" role="rowgroup">
        <div class="ls-hrow ls-files" role="presentation">
          <div class="ls-cell ls-name" />
          <div class="ls-cell ls-status" />
          {pinned > 0 && (
            <div class="ls-pins">
              <Files columns={columns.slice(0, pinned)} from="0px" />
            </div>
          )}
          <Files columns={columns.slice(pinned)} from="var(--ls-lead)" />
        </div>
        <div class="ls-hrow" role="row" aria-rowindex={1}>
          <Fixed name={NAME} label="Experiment" index={1} sorts={sorts} acts={acts}>
            {open !== null && <Fold open={open} fold={acts.fold} />}
          </Fixed>
          <Fixed name={STATUS} label="Status" index={2} sorts={sorts} acts={acts} />
          {pinnedCells > 0 && <div class="ls-pins">{cells.slice(0, pinnedCells)}</div>}
          {cells.slice(pinnedCells)}
        </div>
      </div>
    );
  }
}

function Files({ columns, from }: { columns: readonly Column[]; from: string }) {
  return (
    <>
      {fileSpans(columns).map(({ key, label, file, left, width }) => (
        <div
          key={key}
          class="ls-cell ls-file"
          style={{ left: `calc(${from} + ${left}px)`, width: `${width}px` }}
          title={file}
        >
          <span>{label}</span>
        </div>
      ))}
    </>
  );
}

const DRAGGED = "application/x-live-studio-column";

interface HeadingProps {
  id: string;
  index: number;
  classes: string;
  sorts: readonly Sort[];
  acts: HeadActs;
  moves?: boolean;
  title?: string;
  style?: Record<string, string>;
  children: ComponentChildren;
}

/** A press sorts, with Shift beside what is sorted already. */
function Heading({ id, index, classes, sorts, acts, moves = false, title, style, children }: HeadingProps) {
  const sort = sorts.find(({ column }) => column === id);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table has one tab stop; S sorts and M opens this menu.
    <div
      class={sort ? `${classes} ls-sorted` : classes}
      role="columnheader"
      aria-colindex={index}
      aria-sort={sort ? (sort.down ? "descending" : "ascending") : "none"}
      title={title}
      {...(style && { style })}
      onClick={(event) => acts.sort(id, event.shiftKey)}
      onContextMenu={(event) => {
        event.preventDefault();
        acts.menu(id, event.currentTarget);
      }}
      draggable={moves}
      onDragStart={(event) => event.dataTransfer?.setData(DRAGGED, id)}
      onDragOver={(event) => moves && event.dataTransfer?.types.includes(DRAGGED) && event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        const dragged = event.dataTransfer?.getData(DRAGGED);
        if (dragged && dragged !== id) acts.move(dragged, id);
      }}
    >
      {children}
      {sort && (
        <span class="ls-arrow">
          <Icon name={sort.down ? "sortd" : "up"} small />
          {sorts.length > 1 && <sub>{sorts.indexOf(sort) + 1}</sub>}
        </span>
      )}
    </div>
  );
}

interface FixedProps {
  name: string;
  label: string;
  index: number;
  sorts: readonly Sort[];
  acts: HeadActs;
  children?: ComponentChildren;
}

const Fixed = ({ name, label, index, sorts, acts, children }: FixedProps) => (
  <Heading id={name} index={index} classes={`ls-cell ls-${name} ls-fixed`} sorts={sorts} acts={acts}>
    {children}
    {label}
  </Heading>
);

function Fold({ open, fold }: { open: boolean; fold(): void }) {
  const does = open ? "Close all groups" : "Open all groups";
  return (
    <button
      type="button"
      class={open ? "ls-tw ls-tw-open" : "ls-tw"}
      aria-label={does}
      title={`${does} (Shift ${open ? "←" : "→"})`}
      tabIndex={-1}
      onClick={(event) => {
        // The head beneath would sort.
        event.stopPropagation();
        fold();
      }}
    >
      <Icon name="chev" />
    </button>
  );
}

interface CellProps {
  placed: Placed;
  sorts: readonly Sort[];
  goals: Readonly<Record<string, string>>;
  acts: HeadActs;
}

function HeadCell({ placed: { column, left, starts, index, pinned }, sorts, goals, acts }: CellProps) {
  const { key } = column.field;
  const goal = goals[key];
  const classes = ["ls-cell ls-col", column.numeric && "ls-num", starts && "ls-starts"].filter(Boolean).join(" ");
  const style = { left: pinned ? `${left}px` : `calc(var(--ls-lead) + ${left}px)`, width: `${column.width}px` };
  const title = `${column.prefix}${column.name}${goal ? `, ${goal} is better` : ""}`;
  return (
    <Heading id={key} index={index + 3} classes={classes} sorts={sorts} acts={acts} moves title={title} style={style}>
      <span class="ls-prefix">{column.prefix}</span>
      <b>{column.name}</b>
      <ColumnWidth width={column.width} resize={(width) => acts.resize(key, width)} />
    </Heading>
  );
}
