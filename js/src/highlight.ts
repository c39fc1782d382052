// The orange moment: a cell whose value has just changed. Opacity of two pseudo elements is animated, so neither the
// box nor its neighbours move and the browser never lays out; elsewhere orange is not used.

export type Direction = "↑" | "↓" | "";

const LASTS = 2000;
/** Fully visible for 0.7 s, then it fades. */
const HOLD = 0.35;
/** A cell that changes 50 times a second is drawn 50 times, but restarts its highlight at most 10 times. */
const AT_MOST_EVERY = 100;

interface Running {
  since: number;
  animations: Animation[];
}

const running = new WeakMap<Element, Running>();

const fade: Keyframe[] = [{ opacity: 1 }, { opacity: 1, offset: HOLD }, { opacity: 0 }];
const stay: Keyframe[] = [{ opacity: 1 }, { opacity: 1 }];

/** Marks a cell as just changed. A new change restarts the two seconds. */
export function highlight(cell: HTMLElement, direction: Direction): void {
  const now = performance.now();
  const before = running.get(cell);
  cell.dataset.dir = direction;
  if (before && now - before.since < AT_MOST_EVERY) return;
  for (const animation of before?.animations ?? []) animation.cancel();
  const animations = start(cell);
  running.set(cell, { since: now, animations });
  const last = animations.at(-1);
  if (last) last.onfinish = () => cell.removeAttribute("data-dir");
}

function start(cell: HTMLElement): Animation[] {
  const timing = { duration: LASTS, easing: "linear" };
  // Reduced motion: the arrow says it alone, for the same two seconds, and nothing fades.
  if (prefersStill()) return [cell.animate(stay, { ...timing, pseudoElement: "::before" })];
  return [
    cell.animate(fade, { ...timing, pseudoElement: "::after" }),
    cell.animate(fade, { ...timing, pseudoElement: "::before" }),
  ];
}

const prefersStill = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Which way a number went; nothing for text, for the first value and for values without an order. */
export function directionOf(before: number | null, after: number | null): Direction {
  if (before === null || after === null || Number.isNaN(before) || Number.isNaN(after)) return "";
  return after > before ? "↑" : "↓";
}
