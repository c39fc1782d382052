// The hair and the tooltip over a chart: what every line is worth where the pointer is.

import { useEffect, useReducer } from "preact/hooks";
import { clockTime, formatCount, formatNumber, type Precision } from "../format.ts";
import { hueOf } from "../palette.ts";
import type { XAxis } from "../view.ts";
import { pixelOf } from "./chart.ts";
import type { Figure } from "./figure.ts";
import type { Hover } from "./hover.ts";
import { type Line, valueAt } from "./lines.ts";

interface Props {
  hover: Hover;
  metric: string;
  axis: XAxis;
  width: number;
  precision: Precision;
  /** Read when the pointer moves, because charts draw without asking us. */
  drawn(): { figure: Figure; lines: readonly Line[] } | null;
}

export function Readout({ hover, metric, axis, width, precision, drawn }: Props) {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  useEffect(() => hover.subscribe(() => redraw(undefined)), [hover]);
  const now = hover.at && drawn();
  if (!hover.at || !now) return null;
  const { x } = hover.at;
  const { figure, lines } = now;
  if (x < figure.x[0] || x > figure.x[1]) return null;
  const left = pixelOf(x, figure.x, width);
  return (
    <>
      <span class="ls-hair" style={{ left: `${left}px` }} />
      {hover.at.metric === metric && (
        <Tip
          values={valuesAt(lines, x)}
          left={left}
          width={width}
          figure={figure}
          head={headOf(axis, x)}
          precision={precision}
        />
      )}
    </>
  );
}

interface Reading {
  line: Line;
  y: number | null;
}

/** Sorted by value, as the lines lie above each other. */
function valuesAt(lines: readonly Line[], x: number): Reading[] {
  const readings = lines.map((line) => ({ line, at: valueAt(line, x) })).filter(({ at }) => at !== null);
  const known = readings.map(({ line, at }): Reading => ({ line, y: at?.y ?? null }));
  return known.sort((a, b) => (b.y ?? Number.NEGATIVE_INFINITY) - (a.y ?? Number.NEGATIVE_INFINITY));
}

function headOf(axis: XAxis, x: number): string {
  if (axis === "step") return `step ${formatCount(Math.round(x))}`;
  return axis === "time" ? clockTime(x) : `${formatCount(Math.round(x))} s since start`;
}

interface TipProps {
  values: Reading[];
  left: number;
  width: number;
  figure: Figure;
  head: string;
  precision: Precision;
}

function Tip({ values, left, width, figure, head, precision }: TipProps) {
  if (values.length === 0) return null;
  const side = left < width / 2 ? { left: `${left + 12}px` } : { right: `${width - left + 12}px` };
  const edge = upperHalf(values, figure) ? { bottom: "34px" } : { top: "8px" };
  return (
    <div class="ls-tip" style={{ ...side, ...edge }}>
      <span class="ls-tip-head">{head}</span>
      {values.map(({ line, y }) => (
        <Row key={line.id} line={line} text={y === null ? "–" : formatNumber(y, precision)} />
      ))}
    </div>
  );
}

/** Whether the lines run in the upper half there; the tooltip takes the other one. */
function upperHalf(values: Reading[], { y: [low, high] }: Figure): boolean {
  const known = values.map(({ y }) => y).filter((y) => y !== null);
  const mean = known.reduce((sum, y) => sum + y, 0) / Math.max(1, known.length);
  return mean > (low + high) / 2;
}

function Row({ line, text }: { line: Line; text: string }) {
  return (
    <>
      <i style={{ "--c": `var(--ls-c${hueOf(line.slot)})` }} />
      <span class="ls-cut">{line.name}</span>
      <b>{text}</b>
    </>
  );
}
