// One metric or parameter of one experiment.

import type { Column } from "../columns.ts";
import type { Value } from "../contract.ts";
import { formatMetric, formatParam, toNumber } from "../format.ts";
import type { Placed } from "./rows.ts";

interface Props extends Placed {
  value: Value | undefined;
}

export function Cell({ column, left, starts, index, value }: Props) {
  const text = column.field.kind === "metric" ? formatMetric(value, column.precision) : formatParam(value);
  const place = { left: `calc(var(--ls-lead) + ${left}px)`, width: `${column.width}px` };
  return (
    <div
      class={classesOf(column, starts, value)}
      role="gridcell"
      aria-colindex={index + 3}
      style={place}
      title={full(column, value)}
    >
      {text}
    </div>
  );
}

function classesOf({ numeric }: Column, starts: boolean, value: Value | undefined): string {
  const classes = ["ls-cell", "ls-col"];
  if (numeric) classes.push("ls-num");
  if (starts) classes.push("ls-starts");
  if (value === undefined) classes.push("ls-miss");
  else if (Number.isNaN(toNumber(value) ?? 0)) classes.push("ls-nan");
  return classes.join(" ");
}

/** What the cell may have cut or rounded. */
function full({ field: { kind } }: Column, value: Value | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (kind === "param") return formatParam(value);
  return typeof value === "number" ? String(value) : undefined;
}
