// The hair and the tooltip over a chart: what every line is worth where the pointer is.

import { useEffect, useReducer } from "preact/hooks";
import { clockTime, formatCount, formatNumber, type Precision } from "../format.ts";
import { hueOf } from "../palette.ts";
import type { BandKind } from "../repeats/spread.ts";
import { spreadAt } from "./band.ts";
import type { Figure } from "./figure.ts";
import type { Hover } from "./hover.ts";
import { type Line, type Mark, markText, nearestTo, stepsText } from "./lines.ts";
import { axisWord, type XAxis } from "./options.ts";
import { pixelOf } from "./pixels.ts";

/** So near to a mark, in pixels, its steps are named. */
const NEAR = 8;

interface Props {
  hover: Hover;
  metric: string;
  axis: XAxis;
  width: number;
  precision: Precision;
  /** Read when the pointer moves, because charts draw without asking us. */
  drawn(): { figure: Figure; lines: readonly Line[] } | null;
  band: BandKind;
}

export function Readout({ hover, metric, axis, width, precision, drawn, band }: Props) {
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
          values={valuesAt(lines, x, precision, band)}
          marks={marksAt(lines, figure, left, width)}
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
  /** Where the line is drawn, or null in a gap. */
  y: number | null;
  /** What was logged there. */
  logged: number | null;
  /** Of a mean: how far its runs lie apart there, and how many they are. */
  spread: string;
}

/** Sorted by value, as the lines lie above each other. */
function valuesAt(lines: readonly Line[], x: number, precision: Precision, kind: BandKind): Reading[] {
  const readings = lines.flatMap((line): Reading[] => {
    const at = nearestTo(line, x);
    if (at === null) return [];
    const soft = line.soft && nearestTo(line.soft, x);
    const logged = line.values[at] ?? null;
    const y = typeof soft === "number" ? (line.soft?.y[soft] ?? null) : (line.y[at] ?? null);
    return [{ line, logged, y, spread: spreadAt(line, y, soft ?? at, at, precision, kind) }];
  });
  return readings.sort((a, b) => (b.y ?? Number.NEGATIVE_INFINITY) - (a.y ?? Number.NEGATIVE_INFINITY));
}

/** The marks under the pointer. */
function marksAt(lines: readonly Line[], figure: Figure, left: number, width: number): { line: Line; mark: Mark }[] {
  return lines.flatMap((line) =>
    line.marks
      .filter((mark) => mark.x.some((x) => Math.abs(pixelOf(x, figure.x, width) - left) < NEAR))
      .map((mark) => ({ line, mark })),
  );
}

function headOf(axis: XAxis, x: number): string {
  if (axis === "time") return clockTime(x);
  if (axis === "relative") return `${formatCount(Math.round(x))} s since start`;
  const places = axis === "step" ? formatCount(Math.round(x)) : Number(x.toPrecision(4)).toString();
  return `${axisWord(axis)} ${places}`;
}

interface TipProps {
  values: Reading[];
  marks: { line: Line; mark: Mark }[];
  left: number;
  width: number;
  figure: Figure;
  head: string;
  precision: Precision;
}

function Tip({ values, marks, left, width, figure, head, precision }: TipProps) {
  if (values.length === 0) return null;
  const side = left < width / 2 ? { left: `${left + 12}px` } : { right: `${width - left + 12}px` };
  const edge = upperHalf(values, figure) ? { bottom: "34px" } : { top: "8px" };
  return (
    <div class="ls-tip" style={{ ...side, ...edge }}>
      <span class="ls-tip-head">{head}</span>
      {values.map(({ line, y, logged, spread }) => {
        const said = logged === null ? "–" : formatNumber(logged, precision);
        const soft = line.soft && y !== null ? formatNumber(y, precision) : null;
        return <Row key={line.id} line={line} text={soft ?? said} logged={spread || (soft && said)} />;
      })}
      {marks.map(({ line, mark }) => (
        <span key={line.id + mark.kind} class="ls-tip-mark">
          {line.name}: {markText(mark)} {stepsText(mark)}
        </span>
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

function Row({ line, text, logged }: { line: Line; text: string; logged: string | null }) {
  return (
    <>
      <i style={{ "--c": `var(--ls-c${hueOf(line.slot)})` }} />
      <span class="ls-cut">{line.name}</span>
      <b>
        {text}
        {logged !== null && <span class="ls-dim"> {logged}</span>}
      </b>
    </>
  );
}
