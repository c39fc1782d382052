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
  unplug: { stroke: "M6 2.5v3M10 2.5v3M4 5.5h8v2.2a4 4 0 0 1-8 0zM8 11.7v2M2.5 13.5l11-11" },
  wait: { stroke: "M8 2.5a5.5 5.5 0 1 1-5.2 3.7" },
  camera: { stroke: "M2.5 5h2.6l1-1.5h3.8l1 1.5h2.6v7.5h-11zM5.8 8.6a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0" },
  kernel: { stroke: "M2.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0M8 5v3.2l2.2 1.6" },
  branch: {
    stroke:
      "M3 3.8a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0M3 12.2a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0M10 5.2a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0M4.5 5.3v5.4M11.5 6.7c0 2.4-2.6 2.6-5 3.6",
  },
  detach: { stroke: "M5.8 8a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0M8 2v1.5M8 12.5V14M2.5 8H4M12 8h1.5" },
  copy: { stroke: "M5.5 5.5h7.5V13.5H5.5zM10.5 5.5V2.5H3v8h2.5" },
  trash: { stroke: "M3 4.5h10M6 4.5v-2h4v2M4.3 4.5l.6 9h6.2l.6-9M6.8 7v4M9.2 7v4" },
  completed: { stroke: "M2.25 8a5.75 5.75 0 1 0 11.5 0a5.75 5.75 0 1 0-11.5 0M5.4 8.2l1.8 1.8 3.4-3.8" },
  stopped: {
    stroke:
      "M4.25 2.75h7.5a1.5 1.5 0 0 1 1.5 1.5v7.5a1.5 1.5 0 0 1-1.5 1.5h-7.5a1.5 1.5 0 0 1-1.5-1.5v-7.5a1.5 1.5 0 0 1 1.5-1.5z",
    fill: "M6.25 5.75h3.5a.5.5 0 0 1 .5.5v3.5a.5.5 0 0 1-.5.5h-3.5a.5.5 0 0 1-.5-.5v-3.5a.5.5 0 0 1 .5-.5z",
  },
  lost: { stroke: "M5 3.1a5.75 5.75 0 0 0-1.1 8.9M11 12.9a5.75 5.75 0 0 0 1.1-8.9M8 5.2v3.4M8 10.9v.01" },
} satisfies Record<string, Shape>;

export type IconName = keyof typeof SHAPES | "running" | "failed" | "stale";

interface Props {
  name: IconName;
  small?: boolean;
}

export function Icon({ name, small }: Props) {
  return (
    <svg class={small ? "ls-i ls-i-s" : "ls-i"} viewBox="0 0 16 16" aria-hidden="true">
      {name === "running" ? (
        <Ring />
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

/** A quarter of the ring: how far a run is, is known only where it said its total. */
function Ring() {
  return (
    <>
      <circle cx="8" cy="8" r="5.5" opacity=".25" stroke-width="2.25" />
      <circle
        cx="8"
        cy="8"
        r="5.5"
        stroke-width="2.25"
        pathLength={100}
        stroke-dasharray="25 75"
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
