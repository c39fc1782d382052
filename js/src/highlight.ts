// The orange moment: a cell whose value has just changed. A layer under the text is shown and fades; only its opacity
// changes, so neither the cell nor its neighbours move and the browser never lays out. Elsewhere orange is not used.

export type Direction = "↑" | "↓" | "";

const LASTS = 2000;
/** Fully visible for 0.7 s, then it fades. */
const HOLD = 0.35;
/** A cell that changes 50 times a second is drawn 50 times, but restarts its highlight at most 10 times. */
const AT_MOST_EVERY = 100;

interface Running {
  layer: HTMLElement;
  since: number;
  animation: Animation;
}

const running = new WeakMap<Element, Running>();

const fade: Keyframe[] = [{ opacity: 1 }, { opacity: 1, offset: HOLD }, { opacity: 0 }];
const stay: Keyframe[] = [{ opacity: 1 }, { opacity: 1 }];

/** Marks a cell as just changed. A new change restarts the two seconds. */
export function highlight(cell: HTMLElement, direction: Direction): void {
  const now = performance.now();
  const before = running.get(cell);
  const layer = before?.layer ?? newLayer(cell);
  if (layer.dataset.dir !== direction) layer.dataset.dir = direction;
  if (before && now - before.since < AT_MOST_EVERY) return;
  before?.animation.cancel();
  const still = prefersStill();
  layer.classList.toggle("ls-still", still);
  const animation = layer.animate(still ? stay : fade, { duration: LASTS });
  running.set(cell, { layer, since: now, animation });
  animation.onfinish = () => {
    running.delete(cell);
    layer.remove();
  };
}

/** Appended by hand: for the two seconds of its life it is no business of whoever draws the cell. */
function newLayer(cell: HTMLElement): HTMLElement {
  const layer = document.createElement("i");
  layer.className = "ls-hot";
  layer.setAttribute("aria-hidden", "true");
  cell.append(layer);
  return layer;
}

const prefersStill = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Which way a number went; nothing for text, for the first value and for values without an order. */
export function directionOf(before: number | null, after: number | null): Direction {
  if (before === null || after === null || Number.isNaN(before) || Number.isNaN(after)) return "";
  return after > before ? "↑" : "↓";
}
