// Parallel coordinates: an axis for each parameter and metric, a line for each experiment. Dragging along an axis selects.

import { useRef, useState } from "preact/hooks";
import type { Selection } from "../palette.ts";
import { type Axis, nowhere } from "./axis.ts";
import { type Brushes, keyed } from "./brush.ts";
import { Paths } from "./lines.tsx";

export const HEIGHT = 260;
const TOP = 30;
const BOTTOM = 34;
const SIDE = 48;
/** Where those stand that have no place on an axis. */
const NOWHERE = HEIGHT - 10;
const NEAR = 8;
const LETTERS = { least: 3, most: 14, wide: 6.5 };

interface Props {
  axes: readonly Axis[];
  ids: readonly string[];
  names: readonly string[];
  shades: readonly (number | null)[] | null;
  selection: Selection;
  brushes: Brushes;
  front: number;
  width: number;
  /** `done`: the pointer has let go, or a key said it. */
  brush(key: string, brush: readonly [number, number] | null, done: boolean): void;
  point(at: number): void;
}

export function Parallel(props: Props) {
  const { axes, ids, shades, selection, brushes, front, width } = props;
  const svg = useRef<SVGSVGElement>(null);
  const [tip, setTip] = useState<{ x: number; y: number; at: number } | null>(null);
  const xs = axes.map((_, at) => placeOf(at, axes.length, width));
  const ys = axes.map((axis) => ids.map((_, at) => heightOf(axis.places[at] ?? null)));
  const paths = ids.map(
    (_, at) => `M${axes.map((_, axis) => `${xs[axis]?.toFixed(1)},${ys[axis]?.[at]?.toFixed(1)}`).join("L")}`,
  );
  const onMove = (event: PointerEvent) => {
    const box = (svg.current as SVGSVGElement).getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const at = event.buttons === 0 ? nearest(x, y, xs, ys) : -1;
    props.point(at);
    setTip(at < 0 ? null : { x, y, at });
  };
  const leave = () => {
    props.point(-1);
    setTip(null);
  };
  return (
    <figure class="ls-across-box" aria-label={`Parallel coordinates of ${ids.length} experiments`}>
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: the figure around it has the name, and a title would be a tooltip */}
      <svg ref={svg} width={width} height={HEIGHT} onPointerMove={onMove} onPointerLeave={leave}>
        <Paths paths={paths} ids={ids} shades={shades} selection={selection} front={front} kind="line" />
        {axes.map((axis, at) => (
          <AxisMark
            key={axis.dimension.key}
            axis={axis}
            x={xs[at] ?? 0}
            letters={lettersIn((xs[1] ?? width) - (xs[0] ?? 0))}
            note={notesIn((xs[1] ?? width) - (xs[0] ?? 0), at >= axes.length - 2)}
            last={at === axes.length - 1}
            brush={brushes.get(axis.dimension.key)}
            choose={(brush, done) => props.brush(axis.dimension.key, brush, done)}
          />
        ))}
      </svg>
      {tip && <Tip {...tip} {...props} />}
    </figure>
  );
}

const placeOf = (at: number, count: number, width: number): number =>
  count === 1 ? width / 2 : SIDE + (at * (width - 2 * SIDE)) / (count - 1);

const heightOf = (place: number | null): number =>
  place === null ? NOWHERE : HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM);

/** Whose line runs nearest to a point, or -1. */
function nearest(x: number, y: number, xs: readonly number[], ys: readonly (readonly number[])[]): number {
  const right = xs.findIndex((at) => at >= x);
  const left = right - 1;
  if (right < 1) return -1;
  const share = (x - (xs[left] ?? 0)) / ((xs[right] ?? 1) - (xs[left] ?? 0));
  let [best, far] = [-1, NEAR];
  ys[left]?.forEach((from, at) => {
    const off = Math.abs(from + ((ys[right]?.[at] ?? from) - from) * share - y);
    if (off < far) [best, far] = [at, off];
  });
  return best;
}

interface MarkProps {
  axis: Axis;
  x: number;
  /** So many have room above the axis. */
  letters: number;
  /** And so many beside it. */
  note: number;
  last: boolean;
  brush: readonly [number, number] | undefined;
  choose(brush: readonly [number, number] | null, done: boolean): void;
}

const WIDE = 9;
/** Ticks stand beside a brush, not on it. */
const BESIDE = WIDE + 4;

function AxisMark(props: MarkProps) {
  const { axis, x, letters, note, last, brush } = props;
  const { dimension, scale, ticks, missing, odd } = axis;
  const beside = { x: last ? -BESIDE : BESIDE, "text-anchor": last ? "end" : "start" } as const;
  return (
    <g transform={`translate(${x},0)`} class="ls-across-axis">
      <text class="ls-across-name" y="14" text-anchor="middle">
        {cut(dimension.path, scale === "log" ? letters - 4 : letters)}
        {scale === "log" && <tspan class="ls-across-scale"> log</tspan>}
        <title>{dimension.path}</title>
      </text>
      <line y1={TOP} y2={HEIGHT - BOTTOM} />
      {/* Under the texts: a brush hides no value that it is held to. */}
      {brush && (
        <rect
          class="ls-across-brush"
          x={-WIDE}
          width={2 * WIDE}
          y={heightOf(brush[1])}
          height={heightOf(brush[0]) - heightOf(brush[1])}
        />
      )}
      {ticks.map(({ place, text }) => (
        <text key={text} class="ls-across-tick" {...beside} y={heightOf(place) + 4}>
          {cut(text, letters)}
          <title>{text}</title>
        </text>
      ))}
      {missing + odd > 0 && (
        <text class="ls-across-tick" {...beside} y={NOWHERE + 4}>
          {nowhere(missing, odd, note)}
          <title>
            {missing} without a value, {odd} not finite
          </title>
        </text>
      )}
      <Catch {...props} />
    </g>
  );
}

/** Nearer than this to where it began, a drag is a press: it takes the brush off. */
const PRESS = 0.01;

/** What takes the pointer and the keys of an axis. */
function Catch({ axis: { dimension, scale }, brush, choose }: MarkProps) {
  const begun = useRef<number | null>(null);
  const at = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).closest("svg")?.getBoundingClientRect();
    return (HEIGHT - BOTTOM - (event.clientY - (box?.top ?? 0))) / (HEIGHT - TOP - BOTTOM);
  };
  const onPointerDown = (event: PointerEvent) => {
    begun.current = at(event);
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent) => {
    const from = begun.current;
    if (from !== null && Math.abs(at(event) - from) > PRESS) choose([from, at(event)], false);
  };
  const onPointerUp = (event: PointerEvent) => {
    const from = begun.current;
    begun.current = null;
    if (from !== null) choose(Math.abs(at(event) - from) <= PRESS ? null : [from, at(event)], true);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = keyed(event.key, event.shiftKey, brush);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    choose(next, true);
  };
  const words = { linear: "", log: ", log scale", names: ", names" }[scale];
  return (
    <rect
      class="ls-across-catch"
      x={-WIDE - 4}
      width={2 * WIDE + 8}
      y={TOP}
      height={HEIGHT - TOP - BOTTOM}
      role="slider"
      // In SVG an attribute's name has to be written as it is.
      tabindex={0}
      aria-orientation="vertical"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={brush ? Math.round(brush[1] * 100) : 0}
      aria-valuetext={brush ? `${percent(brush[0])} to ${percent(brush[1])} selected` : "nothing selected"}
      aria-label={`${dimension.path}${words}. Drag along it, or press the up and down arrows, to select.`}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onKeyDown={onKeyDown}
    />
  );
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const lettersIn = (pixels: number): number =>
  Math.max(LETTERS.least, Math.min(LETTERS.most, Math.floor(pixels / LETTERS.wide)));

/** What stands beside an axis; the last two have one gap together. */
const notesIn = (gap: number, shared: boolean): number =>
  Math.floor(((shared ? gap / 2 : gap) - BESIDE) / LETTERS.wide);

/** The end of a path says more than its beginning. */
function cut(text: string, letters: number): string {
  const most = Math.max(LETTERS.least, letters);
  if (text.length <= most) return text;
  const last = text.slice(text.lastIndexOf("/") + 1);
  return last.length <= most && last !== "" ? last : `${text.slice(0, most - 1)}…`;
}

function Tip({ x, y, at, axes, names, width }: Props & { x: number; y: number; at: number }) {
  const side = x < width / 2 ? { left: `${x + 12}px` } : { right: `${width - x + 12}px` };
  const edge = y > HEIGHT / 2 ? { bottom: `${HEIGHT - y + 8}px` } : { top: `${y + 8}px` };
  return (
    <div class="ls-tip ls-across-tip" style={{ ...side, ...edge }}>
      <span class="ls-tip-head">{names[at]}</span>
      {axes.map((axis) => (
        <>
          <span class="ls-cut">{axis.dimension.path}</span>
          <b>{axis.texts[at]}</b>
        </>
      ))}
    </div>
  );
}
