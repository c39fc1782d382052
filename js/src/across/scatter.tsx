// One parameter or metric against another: a dot for each experiment. Drawing a loop around dots selects them.

import { useRef, useState } from "preact/hooks";
import type { Selection } from "../palette.ts";
import type { Axis } from "./axis.ts";
import { inside } from "./brush.ts";
import { Paths } from "./lines.tsx";

const HEIGHT = 260;
const LEFT = 64;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 52;
const NEAR = 10;
/** Off the axes stand those that have no place on them. */
const OFF = 14;
const LETTERS = 9;

type Spot = readonly [number, number];

interface Props {
  x: Axis;
  y: Axis;
  ids: readonly string[];
  names: readonly string[];
  shades: readonly (number | null)[] | null;
  selection: Selection;
  front: number;
  width: number;
  select(at: readonly number[]): void;
  point(at: number): void;
}

export function Scatter(props: Props) {
  const { x, y, ids, shades, selection, front, width } = props;
  const svg = useRef<SVGSVGElement>(null);
  const [loop, draw] = useState<Spot[]>([]);
  const [tip, setTip] = useState(-1);
  const across = (place: number | null) => (place === null ? LEFT - OFF : LEFT + place * (width - LEFT - RIGHT));
  const up = (place: number | null) =>
    place === null ? HEIGHT - BOTTOM + OFF : HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM);
  const spots = ids.map((_, at): Spot => [across(x.places[at] ?? null), up(y.places[at] ?? null)]);
  const paths = spots.map(([left, top]) => `M${left.toFixed(1)},${top.toFixed(1)}h0`);
  const spotOf = (event: PointerEvent): Spot => {
    const box = (svg.current as SVGSVGElement).getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const onPointerDown = (event: PointerEvent) => {
    svg.current?.setPointerCapture(event.pointerId);
    draw([spotOf(event)]);
  };
  const onPointerMove = (event: PointerEvent) => {
    if (loop.length > 0) return draw([...loop, spotOf(event)]);
    const at = nearest(spotOf(event), spots);
    props.point(at);
    setTip(at);
  };
  const onPointerUp = () => {
    if (loop.length > 3) props.select(spots.flatMap((spot, at) => (inside(spot, loop) ? [at] : [])));
    draw([]);
  };
  const leave = () => {
    props.point(-1);
    setTip(-1);
  };
  return (
    <div class="ls-across-box">
      <svg
        ref={svg}
        class="ls-across-scatter"
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`${y.dimension.path} against ${x.dimension.path}, ${ids.length} experiments`}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerLeave={leave}
      >
        <g class="ls-across-axis">
          {x.ticks.map(({ place, text }) => (
            <>
              <line class="ls-across-rule" x1={across(place)} x2={across(place)} y1={TOP} y2={HEIGHT - BOTTOM} />
              <text class="ls-across-tick" x={across(place)} y={HEIGHT - BOTTOM + 28} text-anchor="middle">
                {cut(text)}
              </text>
            </>
          ))}
          {y.ticks.map(({ place, text }) => (
            <>
              <line class="ls-across-rule" x1={LEFT} x2={width - RIGHT} y1={up(place)} y2={up(place)} />
              <text class="ls-across-tick" x={LEFT - 24} y={up(place) + 4} text-anchor="end">
                {cut(text)}
              </text>
            </>
          ))}
          <text class="ls-across-tick" x={width - RIGHT} y={HEIGHT - 6} text-anchor="end">
            {x.dimension.path}
            {x.scale === "log" ? " (log)" : ""}
          </text>
          <Missing axis={x} x={LEFT - OFF} y={HEIGHT - BOTTOM + 28} />
          <Missing axis={y} x={LEFT - 24} y={HEIGHT - BOTTOM + OFF + 4} />
        </g>
        <Paths paths={paths} ids={ids} shades={shades} selection={selection} front={front} kind="dot" />
        {loop.length > 1 && <path class="ls-across-brush" d={`M${loop.map((spot) => spot.join()).join("L")}Z`} />}
      </svg>
      {tip >= 0 && loop.length === 0 && <Tip at={tip} spot={spots[tip] ?? [0, 0]} {...props} />}
    </div>
  );
}

const cut = (text: string): string => (text.length > LETTERS ? `${text.slice(0, LETTERS - 1)}…` : text);

const Missing = ({ axis: { missing, odd }, x, y }: { axis: Axis; x: number; y: number }) =>
  missing + odd > 0 ? (
    <text class="ls-across-tick" x={x} y={y} text-anchor="end">
      –<title>{`${missing} without a value, ${odd} not finite`}</title>
    </text>
  ) : null;

function nearest([x, y]: Spot, spots: readonly Spot[]): number {
  let [best, far] = [-1, NEAR];
  spots.forEach(([left, top], at) => {
    const off = Math.hypot(left - x, top - y);
    if (off < far) [best, far] = [at, off];
  });
  return best;
}

function Tip({ at, spot: [left, top], x, y, names, width }: Props & { at: number; spot: Spot }) {
  const side = left < width / 2 ? { left: `${left + 12}px` } : { right: `${width - left + 12}px` };
  const edge = top > HEIGHT / 2 ? { bottom: `${HEIGHT - top + 8}px` } : { top: `${top + 8}px` };
  return (
    <div class="ls-tip ls-across-tip" style={{ ...side, ...edge }}>
      <span class="ls-tip-head">{names[at]}</span>
      {[x, y].map((axis) => (
        <>
          <span class="ls-cut">{axis.dimension.path}</span>
          <b>{axis.texts[at]}</b>
        </>
      ))}
    </div>
  );
}
