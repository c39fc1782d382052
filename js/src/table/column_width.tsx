// The right edge of a column head: drag it to make the column wider.

import { useRef } from "preact/hooks";

export function ColumnWidth({ width, resize }: { width: number; resize(width: number): void }) {
  const start = useRef({ x: 0, width });
  const onPointerDown = (event: PointerEvent) => {
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    start.current = { x: event.clientX, width };
    event.stopPropagation();
    event.preventDefault();
  };
  const onPointerMove = (event: PointerEvent) => {
    const edge = event.currentTarget as HTMLElement;
    if (edge.hasPointerCapture(event.pointerId))
      resize(Math.round(start.current.width + event.clientX - start.current.x));
  };
  return (
    <i
      class="ls-edge"
      aria-hidden="true"
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onClick={(event) => event.stopPropagation()}
    />
  );
}
