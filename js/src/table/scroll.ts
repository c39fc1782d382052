// What scrolling means for the look: a shadow beside the names, a hint when rows are cut, and rows that stay in place.

import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

const ROW = 26;

/** The token's row height: fingers get higher rows than mice. */
export function useRowHeight(ref: RefObject<HTMLElement | null>): number {
  const [height, setHeight] = useState(ROW);
  useLayoutEffect(() => {
    const token = ref.current && getComputedStyle(ref.current).getPropertyValue("--ls-row");
    setHeight(Number.parseFloat(token || "") || ROW);
  }, []);
  return height;
}

interface Keyed {
  key: string;
  kind?: string;
}

/**
 * Marks the scroller `data-scrolled` and `data-cut` for the style sheet, and keeps rows in place as others come above.
 * Returns how many came there unseen; they are seen when somebody scrolls to the top.
 */
export function useScrollMarks(ref: RefObject<HTMLElement | null>, rows: readonly Keyed[], height: number): number {
  const drawn = useRef(rows);
  const [above, setAbove] = useState(0);
  useLayoutEffect(() => {
    const el = ref.current;
    if (!el) return;
    const mark = () => {
      el.toggleAttribute("data-scrolled", el.scrollLeft > 0);
      el.toggleAttribute("data-cut", el.scrollHeight > el.clientHeight + 1);
      if (el.scrollTop < height) setAbove(0);
    };
    mark();
    const observer = new ResizeObserver(mark);
    observer.observe(el);
    el.addEventListener("scroll", mark, { passive: true });
    return () => {
      observer.disconnect();
      el.removeEventListener("scroll", mark);
    };
  }, [rows.length]);
  useLayoutEffect(() => {
    const came = ref.current ? keepAnchor(ref.current, height, drawn.current, rows) : 0;
    if (came > 0) setAbove((before) => before + came);
    drawn.current = rows;
  }, [rows]);
  return above;
}

/** The row at the upper edge stays there when rows come or go above it; how many experiments came. */
export function keepAnchor(el: HTMLElement, height: number, before: readonly Keyed[], after: readonly Keyed[]): number {
  if (before === after || el.scrollTop === 0) return 0;
  const at = Math.floor(el.scrollTop / height);
  const key = before[at]?.key;
  const now = key === undefined ? -1 : after.findIndex((row) => row.key === key);
  if (now < 0 || now === at) return 0;
  el.scrollTop += (now - at) * height;
  if (now < at) return 0;
  const known = new Set(before.map((row) => row.key));
  return after.slice(0, now).filter(({ kind, key: one }) => kind === "experiment" && !known.has(one)).length;
}
