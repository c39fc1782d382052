// Stretches of axes, and who lies within all of them.

import type { Axis } from "./axis.ts";

/** From and to, in places from 0 to 1, by the key of the axis. */
export type Brushes = ReadonlyMap<string, readonly [number, number]>;

export function within(axes: readonly Axis[], brushes: Brushes, count: number): number[] {
  const tests = axes.flatMap((axis) => {
    const brush = brushes.get(axis.dimension.key);
    return brush ? [{ places: axis.places, brush }] : [];
  });
  return Array.from({ length: count }, (_, at) => at).filter((at) =>
    tests.every(({ places, brush: [from, to] }) => {
      const place = places[at];
      return place != null && place >= from && place <= to;
    }),
  );
}

export function brushed(before: Brushes, key: string, brush: readonly [number, number] | null): Brushes {
  const after = new Map(before);
  if (brush) after.set(key, [Math.max(0, Math.min(...brush)), Math.min(1, Math.max(...brush))]);
  else after.delete(key);
  return after;
}

const STEP = 0.05;
/** What the keys make of a brush: arrows move it, with Shift they make it longer or shorter, Delete takes it off. */
export function keyed(key: string, shift: boolean, brush: readonly [number, number] | undefined) {
  if (key === "Delete" || key === "Backspace") return null;
  const by = key === "ArrowUp" ? STEP : key === "ArrowDown" ? -STEP : 0;
  if (by === 0) return undefined;
  if (!brush) return by > 0 ? ([0.75, 1] as const) : ([0, 0.25] as const);
  const [from, to] = brush;
  if (shift) return [from, Math.max(from + STEP, Math.min(1, to + by))] as const;
  const move = by > 0 ? Math.min(by, 1 - to) : Math.max(by, -from);
  return [from + move, to + move] as const;
}

/** Whether a point lies in a polygon, by how many of its edges stand to the right. */
export function inside([x, y]: readonly [number, number], polygon: readonly (readonly [number, number])[]): boolean {
  let odd = false;
  polygon.forEach(([x1, y1], at) => {
    const [x2, y2] = polygon[(at + polygon.length - 1) % polygon.length] as readonly [number, number];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) odd = !odd;
  });
  return odd;
}
