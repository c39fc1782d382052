// The icons, on a 16 grid. Paths marked F are filled; the rest are strokes in the colour of the text.

interface Shape {
  stroke?: string;
  fill?: string;
}

const SHAPES = {
  chev: { stroke: "M6 4l4 4-4 4" },
  down: { stroke: "M4.5 6.5L8 10l3.5-3.5" },
  check: { stroke: "M3.5 8.5l3 3 6-7" },
  x: { stroke: "M4 4l8 8M12 4l-8 8" },
  more: {
    fill: "M2.25 8a1.25 1.25 0 1 0 2.5 0a1.25 1.25 0 1 0-2.5 0M6.75 8a1.25 1.25 0 1 0 2.5 0a1.25 1.25 0 1 0-2.5 0M11.25 8a1.25 1.25 0 1 0 2.5 0a1.25 1.25 0 1 0-2.5 0",
  },
  live: {
    fill: "M6 8a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
    stroke:
      "M4.8 11.2a4.5 4.5 0 0 1 0-6.4M11.2 4.8a4.5 4.5 0 0 1 0 6.4M2.7 13.3a7.5 7.5 0 0 1 0-10.6M13.3 2.7a7.5 7.5 0 0 1 0 10.6",
  },
  plots: { stroke: "M2.5 2.5v11h11M5 10l2.5-3.5 2.5 2 3-4.5" },
  plug: { stroke: "M6 2.5v3M10 2.5v3M4 5.5h8v2.2a4 4 0 0 1-8 0zM8 11.7v2" },
  trends: { stroke: "M2.5 11.5h11M4 11.5V9M8 11.5v-5M12 11.5v-8" },
  expand: { stroke: "M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5l-4.5 4.5M2.5 13.5l4.5-4.5" },
  unplug: { stroke: "M6 2.5v3M10 2.5v3M4 5.5h8v2.2a4 4 0 0 1-8 0zM8 11.7v2M2.5 13.5l11-11" },
  wait: { stroke: "M8 2.5a5.5 5.5 0 1 1-5.2 3.7" },
  camera: { stroke: "M2.5 5h2.6l1-1.5h3.8l1 1.5h2.6v7.5h-11zM5.8 8.6a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0" },
  kernel: { stroke: "M2.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0M8 5v3.2l2.2 1.6" },
  branch: {
    stroke:
      "M3 3.8a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0M3 12.2a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0M10 5.2a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0M4.5 5.3v5.4M11.5 6.7c0 2.4-2.6 2.6-5 3.6",
  },
  detach: { stroke: "M5.8 8a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0M8 2v1.5M8 12.5V14M2.5 8H4M12 8h1.5" },
  pushed: { stroke: "M8 13V5.5M4.8 8.2L8 5l3.2 3.2M3.5 2.5h9" },
  key: { stroke: "M2.5 8a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M7.5 8h6v2.5M11 8v2" },
  plus: { stroke: "M8 3v10M3 8h10" },
  eye: { stroke: "M1.8 8c3-4.6 9.4-4.6 12.4 0-3 4.6-9.4 4.6-12.4 0zM6.2 8a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0" },
  eyeoff: { stroke: "M2.5 7c2.9 3.4 8.1 3.4 11 0M4.6 9l-1 1.7M8 9.6v2M11.4 9l1 1.7" },
  copy: { stroke: "M5.5 5.5h7.5V13.5H5.5zM10.5 5.5V2.5H3v8h2.5" },
  goto: { stroke: "M9 3h4v4M13 3L7.5 8.5M11 9.5V13H3V5h3.5" },
  trash: { stroke: "M3 4.5h10M6 4.5v-2h4v2M4.3 4.5l.6 9h6.2l.6-9M6.8 7v4M9.2 7v4" },
  completed: { stroke: "M2.25 8a5.75 5.75 0 1 0 11.5 0a5.75 5.75 0 1 0-11.5 0M5.4 8.2l1.8 1.8 3.4-3.8" },
  stopped: {
    stroke:
      "M4.25 2.75h7.5a1.5 1.5 0 0 1 1.5 1.5v7.5a1.5 1.5 0 0 1-1.5 1.5h-7.5a1.5 1.5 0 0 1-1.5-1.5v-7.5a1.5 1.5 0 0 1 1.5-1.5z",
    fill: "M6.25 5.75h3.5a.5.5 0 0 1 .5.5v3.5a.5.5 0 0 1-.5.5h-3.5a.5.5 0 0 1-.5-.5v-3.5a.5.5 0 0 1 .5-.5z",
  },
  stop: { stroke: "M5 4h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z" },
  store: {
    stroke:
      "M3 4.2c0-1 2.2-1.7 5-1.7s5 .7 5 1.7-2.2 1.7-5 1.7-5-.7-5-1.7zM3 4.2v7.6c0 1 2.2 1.7 5 1.7s5-.7 5-1.7V4.2M3 8c0 1 2.2 1.7 5 1.7s5-.7 5-1.7",
  },
  lost: { stroke: "M5 3.1a5.75 5.75 0 0 0-1.1 8.9M11 12.9a5.75 5.75 0 0 0 1.1-8.9M8 5.2v3.4M8 10.9v.01" },
  filter: { stroke: "M2.5 4h11M4.5 8h7M6.5 12h3" },
  cols: { stroke: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10" },
  delta: { stroke: "M8 3l5.5 10h-11z" },
  compare: { stroke: "M2.5 3h4v10h-4zM9.5 3h4v10h-4z" },
  export: { stroke: "M8 2.5v7M5 6.8l3 3 3-3M2.5 11v2.5h11V11" },
  reload: { stroke: "M13 8a5 5 0 1 1-1.6-3.7M13 2.5V5h-2.6" },
  search: { stroke: "M3 7a4 4 0 1 0 8 0a4 4 0 1 0-8 0M10 10l3.5 3.5" },
  grip: { stroke: "M6 4v.01M6 8v.01M6 12v.01M10 4v.01M10 8v.01M10 12v.01" },
  pin: { stroke: "M5.5 2.5h5M6.3 2.5v4L4.5 9h7L9.7 6.5v-4M8 9v4.5" },
  flag: { stroke: "M4 14V2.5h8.5L10.5 5.5l2 3H4" },
  sortd: { stroke: "M8 3v10M4.5 9.5L8 13l3.5-3.5" },
  up: { stroke: "M8 13V3M4.5 6.5L8 3l3.5 3.5" },
  star: { stroke: "M8 1.8l1.9 4.1 4.5.5-3.3 3 .9 4.4L8 11.6l-4 2.2.9-4.4-3.3-3 4.5-.5z" },
  best: { fill: "M8 1.8l1.9 4.1 4.5.5-3.3 3 .9 4.4L8 11.6l-4 2.2.9-4.4-3.3-3 4.5-.5z" },
  better: { fill: "M4.5 8a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0" },
  worse: { stroke: "M4.75 8a3.25 3.25 0 1 0 6.5 0a3.25 3.25 0 1 0-6.5 0" },
} satisfies Record<string, Shape>;

export type IconName = keyof typeof SHAPES | "running" | "failed" | "stale";

interface Props {
  name: IconName;
  small?: boolean;
  /** How much of the ring is filled, 0 to 1. */
  share?: number | null;
}

export function Icon({ name, small, share }: Props) {
  return (
    <svg class={small ? "ls-i ls-i-s" : "ls-i"} viewBox="0 0 16 16" aria-hidden="true">
      {name === "running" ? (
        <Ring share={share ?? 0.25} />
      ) : name === "failed" ? (
        <Failed />
      ) : name === "stale" ? (
        <Stale />
      ) : (
        <Paths {...SHAPES[name]} />
      )}
    </svg>
  );
}

function Paths({ stroke, fill }: Shape) {
  return (
    <>
      {stroke && <path d={stroke} />}
      {fill && <path class="ls-f" d={fill} />}
    </>
  );
}

/** How far a run is, where it said its total; a quarter else. */
function Ring({ share }: { share: number }) {
  return (
    <>
      <circle cx="8" cy="8" r="5.5" opacity=".25" stroke-width="2.25" />
      <circle
        cx="8"
        cy="8"
        r="5.5"
        stroke-width="2.25"
        pathLength={100}
        stroke-dasharray={`${100 * share} ${100 - 100 * share}`}
        transform="rotate(-90 8 8)"
      />
    </>
  );
}

function Failed() {
  return (
    <>
      <path class="ls-f" d="M5.4 1.9h5.2l3.5 3.5v5.2l-3.5 3.5H5.4l-3.5-3.5V5.4z" />
      <path class="ls-on-f" d="M5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2" />
    </>
  );
}

function Stale() {
  return (
    <>
      <circle cx="8" cy="8" r="5.75" stroke-dasharray="2.2 1.8" />
      <path d="M8 5v3.2l2 1.3" />
    </>
  );
}
