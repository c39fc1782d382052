// The bar between table and charts: drag it, or move it with the arrow keys.

import { useRef } from "preact/hooks";
import type { Acts } from "./acts.ts";

const LEAST = 104;
const BY_KEY = 26;

export function Splitter({ acts }: { acts: Acts }) {
  const start = useRef({ y: 0, height: 0 });
  const tableHeight = (target: Element) => target.previousElementSibling?.getBoundingClientRect().height ?? LEAST;
  const resize = (height: number) => acts.split(Math.max(LEAST, Math.round(height)));
  const onPointerDown = (event: PointerEvent) => {
    const bar = event.currentTarget as HTMLElement;
    bar.setPointerCapture(event.pointerId);
    start.current = { y: event.clientY, height: tableHeight(bar) };
    event.preventDefault();
  };
  const onPointerMove = (event: PointerEvent) => {
    const bar = event.currentTarget as HTMLElement;
    if (bar.hasPointerCapture(event.pointerId)) resize(start.current.height + event.clientY - start.current.y);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowUp: -BY_KEY, ArrowDown: BY_KEY }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    resize(tableHeight(event.currentTarget as Element) + by);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be dragged or focused.
    <div
      class="ls-split"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Resize table and charts"
      aria-valuenow={0}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
    />
  );
}
