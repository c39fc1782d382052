// The numbers behind a chart: one row for every place on its axis, one column for every line.

import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { clockTime, formatCount, formatNumber, type Precision } from "../format.ts";
import { hueOf } from "../palette.ts";
import type { BandKind } from "../repeats/spread.ts";
import { spreadAt } from "./band.ts";
import type { Line } from "./lines.ts";
import { axisWord, type XAxis } from "./options.ts";

const ROW = 22;
/** Rows above and below what is in sight, so that scrolling shows no holes. */
const SPARE = 10;

interface Props {
  metric: string;
  lines: readonly Line[];
  axis: XAxis;
  precision: Precision;
  /** How far runs that are one line lie apart. */
  band: BandKind;
  height: number;
}

export function DataTable({ metric, lines, axis, precision, band, height }: Props) {
  const places = useMemo(() => [...new Set(lines.flatMap(({ x }) => x))].sort((a, b) => a - b), [lines]);
  const columns = useMemo(() => lines.map(({ x }) => new Map(x.map((at, row) => [at, row]))), [lines]);
  const head = (
    <>
      <th scope="col">{axisWord(axis)}</th>
      {lines.map((line) => (
        <th scope="col" key={line.id} title={line.name}>
          <i style={{ "--c": `var(--ls-c${hueOf(line.slot)})` }} />
          {line.name}
        </th>
      ))}
    </>
  );
  const row = (at: number) => {
    const place = places[at] ?? 0;
    return (
      <>
        <th scope="row">{placeText(axis, place)}</th>
        {lines.map((line, at) => {
          const found = columns[at]?.get(place);
          const value = found === undefined ? null : (line.values[found] ?? null);
          // Under smoothing a band stands around the smoothed line.
          const spread = found === undefined || line.soft ? "" : spreadAt(line, value, found, found, precision, band);
          return (
            <td key={line.id}>
              {value !== null && formatNumber(value, precision)}
              {value !== null && spread && <span class="ls-dim"> {spread}</span>}
            </td>
          );
        })}
      </>
    );
  };
  return <RowTable label={`Numbers of ${metric}`} count={places.length} height={height} head={head} row={row} />;
}

interface TableProps {
  label: string;
  count: number;
  height: number;
  /** The cells of the head, and of one row. */
  head: ComponentChildren;
  row(at: number): ComponentChildren;
}

/** Any number of rows, of which those in sight are there. */
export function RowTable({ label, count, height, head, row }: TableProps) {
  const [top, scroll] = useState(0);
  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  const last = Math.min(count, first + Math.ceil(height / ROW) + 2 * SPARE);
  const shown = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at);
  return (
    <section
      class="ls-data"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
      tabIndex={0}
      onScroll={(event) => scroll(event.currentTarget.scrollTop)}
    >
      <table aria-rowcount={count + 1}>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>
          <Gap rows={first} />
          {shown.map((at) => (
            <tr key={at} aria-rowindex={at + 2}>
              {row(at)}
            </tr>
          ))}
          <Gap rows={count - last} />
        </tbody>
      </table>
    </section>
  );
}

const Gap = ({ rows }: { rows: number }) => (rows > 0 ? <tr style={{ height: `${rows * ROW}px` }} /> : null);

function placeText(axis: XAxis, place: number): string {
  if (axis === "time") return clockTime(place);
  return Number.isInteger(place) ? formatCount(place) : String(Number(place.toPrecision(6)));
}
