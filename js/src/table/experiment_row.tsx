// The row of one experiment. It is drawn again only when something in it has changed, and it knows which cells did.

import { Component, createRef } from "preact";
import type { Experiment } from "../contract.ts";
import { fieldsOf } from "../flat.ts";
import { shortSha, toNumber } from "../format.ts";
import { directionOf, highlight } from "../highlight.ts";
import { Icon } from "../icons.tsx";
import { hueOf } from "../palette.ts";
import type { StatusView } from "../status.ts";
import { Cell } from "./cell.tsx";
import type { Placed } from "./rows.ts";
import { StatusCell } from "./status_cell.tsx";

export interface RowActs {
  toggle(id: string): void;
  menu(id: string, button: Element): void;
  enter(id: string): void;
  leave(): void;
  activate(index: number): void;
  group(key: string): void;
}

interface Props {
  experiment: Experiment;
  status: StatusView;
  columns: readonly Placed[];
  /** Its place in the palette, or null when it is not plotted. */
  slot: number | null;
  rail: "none" | "leaf" | "end";
  index: number;
  top: number;
  domId: string;
  active: boolean;
  menuOpen: boolean;
  canDelete: boolean;
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
    this.props.columns.forEach(({ column: { field } }, at) => {
      const [old, now] = [was.get(field), is.get(field)];
      if (now === undefined || JSON.stringify(old) === JSON.stringify(now)) return;
      // Two fixed cells stand before the columns.
      const cell = this.row.current?.children[at + 2] as HTMLElement | undefined;
      if (cell) highlight(cell, directionOf(toNumber(old), toNumber(now)));
    });
  }

  override render({ experiment, status, columns, slot, index, top, domId, active, acts }: Props) {
    const fields = fieldsOf(experiment);
    const colour = slot === null ? undefined : { "--c": `var(--ls-c${hueOf(slot)})` };
    return (
      <div
        ref={this.row}
        id={domId}
        class={`ls-row ls-x${slot === null ? "" : " ls-sel"}${active ? " ls-active" : ""}`}
        role="row"
        aria-level={this.props.rail === "none" ? 2 : 3}
        aria-rowindex={index + 2}
        aria-selected={slot !== null}
        style={{ transform: `translateY(${top}px)`, ...colour }}
        onMouseEnter={() => slot !== null && acts.enter(experiment.id)}
        onMouseLeave={acts.leave}
        onPointerDown={() => acts.activate(index)}
      >
        <NameCell {...this.props} />
        <StatusCell status={status} experiment={experiment} />
        {columns.map((placed) => (
          <Cell key={placed.column.field.key} {...placed} value={fields.get(placed.column.field)} />
        ))}
      </div>
    );
  }
}

const KEYS = [
  "experiment",
  "columns",
  "slot",
  "rail",
  "index",
  "top",
  "active",
  "menuOpen",
  "canDelete",
  "acts",
] as const satisfies readonly (keyof Props)[];

function NameCell({ experiment, slot, rail, menuOpen, canDelete, acts }: Props) {
  const { id, name, place } = experiment;
  return (
    <div class="ls-cell ls-name" role="gridcell" aria-colindex={1}>
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
      <span class="ls-cut" title={experiment.message ? `${name}\n${experiment.message}` : name}>
        {name}
      </span>
      {place.kind === "detached" && place.reason && (
        <span class="ls-tag" title={place.advice}>
          {place.now ? `${place.reason}, now ${shortSha(place.now)}` : place.reason}
        </span>
      )}
      <span class="ls-grow" />
      {canDelete && (
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
      )}
    </div>
  );
}
