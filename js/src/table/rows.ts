// Which rows and columns are on screen. All rows are equally high, so this stays exact for 10,000 of them.

import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useReducer, useState } from "preact/hooks";
import type { Column } from "../columns.ts";

type Scroller = RefObject<HTMLDivElement | null>;

/** Both header lines. */
export const HEAD = 46;
const OVERSCAN = 8;
/** What is drawn before anybody knows how much is seen. Too little is added before the frame is painted; too much is waited for. */
const AT_FIRST = { width: 300, height: 500 };

export interface VirtualRows {
  /** Indexes of the rows to draw. */
  indexes: number[];
  height: number;
  total: number;
  scrollTo(index: number): void;
}

export function useVirtualRows(scroller: Scroller, count: number, height: number): VirtualRows {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  const painted = usePainted();
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: painted ? OVERSCAN : 0,
    initialRect: AT_FIRST,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(undefined),
  };
  const rows = useMemo(() => new Virtualizer<HTMLDivElement, HTMLDivElement>(options), []);
  rows.setOptions(options);
  useLayoutEffect(() => rows._didMount(), []);
  useLayoutEffect(() => rows._willUpdate());
  useLayoutEffect(() => rows.measure(), [height]);
  return {
    indexes: rows.getVirtualItems().map(({ index }) => index),
    height,
    total: count * height,
    scrollTo: (index) => showRow(scroller.current, index * height, height),
  };
}

/** False in the first frame, which shows what is in sight and not what is beside it. */
function usePainted(): boolean {
  const [painted, paint] = useState(false);
  useEffect(() => paint(true), []);
  return painted;
}

/** As little as needed, below the head that lies over the rows. */
function showRow(el: HTMLElement | null, top: number, height: number): void {
  if (!el) return;
  const sight = el.clientHeight - HEAD;
  if (top < el.scrollTop) el.scrollTop = top;
  else if (top + height > el.scrollTop + sight) el.scrollTop = top + height - sight;
}

export interface Placed {
  column: Column;
  /** Distance from the end of the fixed columns, or from the first pinned one. */
  left: number;
  pinned: boolean;
  /** The first column of its file carries the line. */
  starts: boolean;
  index: number;
}

export interface VisibleColumns {
  placed: readonly Placed[];
  /** Of those that scroll. */
  width: number;
  pinnedWidth: number;
  scrollTo(index: number): void;
}

const BESIDE = 300;

/** The columns in sight and some beside them: a params file may have hundreds. */
export function useVisibleColumns(scroller: Scroller, columns: readonly Column[], pinned: number): VisibleColumns {
  const all = useMemo(() => placeColumns(columns, pinned), [columns, pinned]);
  const [window, setWindow] = useState({ from: 0, to: AT_FIRST.width });
  const painted = usePainted();
  const beside = painted ? BESIDE : 0;
  useLayoutEffect(() => {
    const el = scroller.current;
    if (!el) return;
    const look = () => setWindow((before) => nextWindow(before, inSightOf(el), beside));
    look();
    const observer = new ResizeObserver(look);
    observer.observe(el);
    el.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      el.removeEventListener("scroll", look);
    };
    // What is fixed covers more or less when columns are pinned.
  }, [beside, all.pinnedWidth]);
  return useMemo(() => {
    const inSight = ({ left, column }: Placed) => left + column.width > window.from && left < window.to;
    const placed = all.placed.filter((one) => one.pinned || inSight(one));
    return { ...all, placed, scrollTo: (index) => showColumn(scroller.current, all.placed[index]) };
  }, [all, window]);
}

interface Span {
  from: number;
  to: number;
}

/** What is seen of the columns that scroll. The status scrolls with them, out from under it they come into sight. */
function inSightOf(el: HTMLElement): Span {
  const { scrollLeft, clientWidth } = el;
  return { from: scrollLeft - widthOf(el, "status"), to: scrollLeft + clientWidth - leadOf(el) };
}

/** Moves in steps, so that scrolling a few pixels draws nothing again. */
function nextWindow(before: Span, sight: Span, beside: number): Span {
  if (sight.from - beside / 2 >= before.from && sight.to + beside / 2 <= before.to) return before;
  const next = { from: sight.from - beside, to: sight.to + beside };
  return next.from === before.from && next.to === before.to ? before : next;
}

/** As little as needed, right of the columns that stay in sight. */
function showColumn(el: HTMLElement | null, placed: Placed | undefined): void {
  if (!el || !placed || placed.pinned) return;
  const [name, pins] = [widthOf(el, "name"), widthOf(el, "pins")];
  const left = leadOf(el) + placed.left;
  const right = left + placed.column.width;
  if (left - el.scrollLeft < name + pins) el.scrollLeft = left - name - pins;
  else if (right > el.scrollLeft + el.clientWidth) el.scrollLeft = right - el.clientWidth;
}

/** Of the columns before those that scroll. */
const leadOf = (el: HTMLElement): number => widthOf(el, "name") + widthOf(el, "status") + widthOf(el, "pins");

const widthOf = (el: HTMLElement, part: string): number =>
  el.querySelector<HTMLElement>(`.ls-head .ls-hrow:last-child > .ls-${part}`)?.offsetWidth ?? 0;

function placeColumns(columns: readonly Column[], pinned: number): Omit<VisibleColumns, "scrollTo"> {
  let left = 0;
  let pinnedWidth = 0;
  const placed = columns.map((column, index) => {
    if (index === pinned) {
      pinnedWidth = left;
      left = 0;
    }
    const before = columns[index - 1];
    const starts = before?.field.file !== column.field.file || before.field.kind !== column.field.kind;
    const place = { column, left, starts: starts || index === pinned, index, pinned: index < pinned };
    left += column.width;
    return place;
  });
  if (pinned >= columns.length) return { placed, width: 0, pinnedWidth: left };
  return { placed, width: left, pinnedWidth };
}
