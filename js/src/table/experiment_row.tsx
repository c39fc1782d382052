// The row of one experiment. It is drawn again only when something in it has changed, and it knows which cells did.

import { Component, createRef } from "preact";
import type { Yardstick } from "../arrange/marks.ts";
import type { Experiment } from "../contract.ts";
import { type Fields, fieldsOf } from "../flat.ts";
import { shortSha, toNumber } from "../format.ts";
import { directionOf, highlight } from "../highlight.ts";
import { Icon } from "../icons.tsx";
import { hueOf } from "../palette.ts";
import type { StatusView } from "../status.ts";
import { BaselineTag } from "./baseline_tag.tsx";
import { Cell, type Differs } from "./cell.tsx";
import type { Placed } from "./rows.ts";
import { StatusCell } from "./status_cell.tsx";

export interface RowActs {
  toggle(id: string): void;
  toggleAll(ids: readonly string[]): void;
  open(id: string): void;
  menu(id: string, button: Element): void;
  enter(id: string): void;
  leave(): void;
  activate(index: number): void;
  /** Compares others with this, or with nothing. */
  baseline(id: string): void;
  /** Opens or closes a group, or all of them as this one. */
  group(key: string, all: boolean): void;
  /** Shows what is hidden, or hides it again. */
  reveal(): void;
}

interface Props {
  experiment: Experiment;
  status: StatusView;
  columns: readonly Placed[];
  yardsticks: ReadonlyMap<string, Yardstick>;
  /** The baseline's values, where differences from it are shown. */
  base: Fields | null;
  differs: Differs;
  isBaseline: boolean;
  starred: boolean;
  /** Put out of sight by somebody, and shown all the same. */
  concealed: boolean;
  /** The column the keyboard is in, or -1. */
  cursor: number;
  /** Its place in the palette, or null when it is not plotted. */
  slot: number | null;
  rail: "none" | "leaf" | "end";
  index: number;
  top: number;
  domId: string;
  active: boolean;
  menuOpen: boolean;
  /** Nothing is highlighted while values are old. */
  fresh: boolean;
  /** A row that came while we looked. */
  arrived: boolean;
  acts: RowActs;
}

export class ExperimentRow extends Component<Props> {
  private readonly row = createRef<HTMLDivElement>();

  override shouldComponentUpdate(next: Props): boolean {
    const { props } = this;
    const { glyph, word, detail } = props.status;
    if (next.status.glyph !== glyph || next.status.word !== word || next.status.detail !== detail) return true;
    return KEYS.some((key) => props[key] !== next[key]);
  }

  override componentDidMount(): void {
    const name = this.row.current?.firstElementChild as HTMLElement | null;
    if (this.props.arrived && this.props.fresh && name) highlight(name, "");
  }

  override componentDidUpdate(before: Props): void {
    if (!this.props.fresh || before.experiment === this.props.experiment) return;
    const was = fieldsOf(before.experiment);
    const is = fieldsOf(this.props.experiment);
    for (const { column, index } of this.props.columns) {
      const [old, now] = [was.get(column.field), is.get(column.field)];
      if (now === undefined || JSON.stringify(old) === JSON.stringify(now)) continue;
      const cell = this.row.current?.querySelector<HTMLElement>(`[aria-colindex="${index + 3}"]`);
      if (cell) highlight(cell, directionOf(toNumber(old), toNumber(now)));
    }
  }

  override render({ experiment, status, columns, slot, index, top, domId, active, acts }: Props) {
    const fields = fieldsOf(experiment);
    const cells = columns.map((placed) => this.cell(placed, fields));
    const pinned = columns.filter((placed) => placed.pinned).length;
    const colour = slot === null ? undefined : { "--c": `var(--ls-c${hueOf(slot)})` };
    return (
      <div
        ref={this.row}
        id={domId}
        class={rowClasses(this.props)}
        role="row"
        aria-level={this.props.rail === "none" ? 2 : 3}
        aria-rowindex={index + 2}
        aria-selected={slot !== null}
        style={{ transform: `translateY(${top}px)`, ...colour }}
        onMouseEnter={() => acts.enter(experiment.id)}
        onMouseLeave={acts.leave}
        onPointerDown={() => acts.activate(index)}
      >
        <NameCell {...this.props} />
        <StatusCell status={status} experiment={experiment} current={active && this.props.cursor === 1} />
        {pinned > 0 && <div class="ls-pins">{cells.slice(0, pinned)}</div>}
        {cells.slice(pinned)}
      </div>
    );
  }

  private cell(placed: Placed, fields: Fields) {
    const { field } = placed.column;
    const { base, differs, yardsticks, active, cursor } = this.props;
    return (
      <Cell
        key={field.key}
        placed={placed}
        value={fields.get(field)}
        base={base ? base.get(field) : null}
        differs={differs}
        yardstick={yardsticks.get(field.key)}
        current={active && cursor === placed.index + 2}
      />
    );
  }
}

/** A short reason says nothing when it is cut, and leaves a name room enough. */
const isShort = ({ reason, now }: Experiment["place"]): boolean => !now && (reason?.length ?? 0) <= 10;

function rowClasses({ slot, active, concealed, isBaseline }: Props): string {
  return [
    "ls-row ls-x",
    slot !== null && "ls-sel",
    active && "ls-active",
    concealed && "ls-concealed",
    isBaseline && "ls-base",
  ]
    .filter(Boolean)
    .join(" ");
}

const KEYS = [
  "experiment",
  "columns",
  "yardsticks",
  "base",
  "differs",
  "isBaseline",
  "starred",
  "concealed",
  "cursor",
  "slot",
  "rail",
  "index",
  "top",
  "active",
  "menuOpen",
  "acts",
] as const satisfies readonly (keyof Props)[];

function NameCell({ experiment, slot, rail, menuOpen, isBaseline, starred, active, cursor, acts }: Props) {
  const { id, name, place } = experiment;
  return (
    <div
      class={active && cursor === 0 ? "ls-cell ls-name ls-cur" : "ls-cell ls-name"}
      role="gridcell"
      aria-colindex={1}
    >
      <button
        type="button"
        class="ls-ck"
        role="checkbox"
        aria-checked={slot !== null}
        aria-label={`Plot ${name}`}
        tabIndex={-1}
        onClick={() => acts.toggle(id)}
      >
        <Icon name="check" />
      </button>
      {rail !== "none" && <span class={rail === "end" ? "ls-rail ls-leaf ls-end" : "ls-rail ls-leaf"} />}
      <button
        type="button"
        class="ls-x-name ls-cut"
        title={experiment.message ? `${name}\n${experiment.message}` : name}
        tabIndex={-1}
        onClick={() => acts.open(id)}
      >
        {name}
      </button>
      {starred && (
        <span class="ls-starred" title="Starred">
          <Icon name="best" small />
          <span class="ls-vh">starred</span>
        </span>
      )}
      {isBaseline && <BaselineTag />}
      {experiment.pushed_at && (
        <span class="ls-pushed" title="Its commit is in the Git remote: dvc exp push">
          <Icon name="pushed" small />
          <span class="ls-vh">pushed</span>
        </span>
      )}
      {place.kind === "detached" && place.reason && (
        <span class={isShort(place) ? "ls-tag ls-tag-short" : "ls-tag"} title={place.advice}>
          {place.now ? `${place.reason}, now ${shortSha(place.now)}` : place.reason}
        </span>
      )}
      <span class="ls-grow" />
      <button
        type="button"
        class="ls-more"
        aria-label={`Menu of ${name}`}
        aria-haspopup="menu"
        aria-expanded={menuOpen}
        tabIndex={-1}
        onClick={(event) => acts.menu(id, event.currentTarget)}
      >
        <Icon name="more" />
      </button>
    </div>
  );
}
