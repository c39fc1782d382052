// One metric or parameter of one experiment.

import { MARK_WORDS, type Mark, markOf, type Yardstick } from "../arrange/marks.ts";
import { difference } from "../arrange/values.ts";
import type { Column } from "../columns.ts";
import type { Value } from "../contract.ts";
import { formatDifference, formatMetric, formatParam, toNumber } from "../format.ts";
import { Icon } from "../icons.tsx";
import type { Placed } from "./rows.ts";

interface Props {
  placed: Placed;
  value: Value | undefined;
  /** The same value of the baseline, where differences are shown; null where values are. */
  base: Value | undefined | null;
  differs: Differs;
  yardstick: Yardstick | undefined;
  current: boolean;
}

/** Whether a column shows differences when they are asked for. */
export type Differs = (column: Column) => boolean;

export function Cell({ placed, value, base, differs, yardstick, current }: Props) {
  const { column, index, pinned } = placed;
  const mark = yardstick ? markOf(value, yardstick) : null;
  const far = base === null || !differs(column) ? null : difference(value, base);
  const left = pinned ? `${placed.left}px` : `calc(var(--ls-lead) + ${placed.left}px)`;
  const text = far === null ? textOf(column, value) : formatDifference(far, column.precision);
  return (
    <div
      class={classesOf(placed, value, mark, far !== null && yardstick !== undefined, current)}
      role="gridcell"
      aria-colindex={index + 3}
      style={{ left, width: `${column.width}px` }}
      title={full(column, value)}
    >
      {text}
      {mark && (
        <span class="ls-goal">
          <Icon name={mark} />
          <span class="ls-vh">{MARK_WORDS[mark]}</span>
        </span>
      )}
    </div>
  );
}

export const textOf = ({ field, precision }: Column, value: Value | undefined): string =>
  field.kind === "metric" ? formatMetric(value, precision) : formatParam(value);

function classesOf(placed: Placed, value: Value | undefined, mark: Mark | null, toned: boolean, current: boolean) {
  const number = value === undefined ? null : toNumber(value);
  return [
    "ls-cell ls-col",
    placed.column.numeric && "ls-num",
    placed.starts && "ls-starts",
    current && "ls-cur",
    value === undefined && "ls-miss",
    number !== null && Number.isNaN(number) && "ls-nan",
    mark && `ls-m-${mark}`,
    toned && "ls-toned",
  ]
    .filter(Boolean)
    .join(" ");
}

/** What the cell may have cut or rounded. */
function full({ field: { kind } }: Column, value: Value | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (kind === "param") return formatParam(value);
  return typeof value === "number" ? String(value) : undefined;
}
