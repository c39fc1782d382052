// What of the trends somebody looks at: plain JSON, so that a view can be kept.

import { isRecord, likeThis, texts } from "../read.ts";

export const SIDES = ["commits", "best of commit", "parameters"] as const;
export type Side = (typeof SIDES)[number];

export interface Trending {
  /** Null until somebody says it. */
  side: Side | null;
  /** Of the parameters: the keys of the axes; null for what one begins with. */
  axes: readonly string[] | null;
  /** Of the scatter beside them. */
  x: string | null;
  y: string | null;
  /** What the colours say, or empty for those of the selection. */
  colour: string | null;
}

export const untold: Trending = { side: null, axes: null, x: null, y: null, colour: null };

/** Something from outside: what is not understood is left out. */
export function trendingOf(said: unknown): Trending {
  const read = likeThis(untold, said);
  const axes = isRecord(said) && Array.isArray(said.axes) ? texts(said.axes) : null;
  return { ...read, side: SIDES.includes(read.side as Side) ? read.side : null, axes };
}
