// The orange moment: a cell whose value has just changed. A layer under the text is shown and cools down; only its
// colours change, so neither the cell nor its neighbours move and the browser never lays out. Elsewhere orange is not
// used. One clock for all cells, and no animations of the browser's: each would be a surface of its own, and a table of
// a hundred changing cells cost more than all of its charts.

export type Direction = "↑" | "↓" | "";

const LASTS = 2000;
/** Fully visible for so long, then it fades. */
const HOLD = 700;
const CLOCK = 100;

interface Warm {
  layer: HTMLElement;
  since: number;
  /** In tenths. */
  heat: number;
}

const warm = new Map<Element, Warm>();
let clock: ReturnType<typeof setInterval> | undefined;

/** Marks a cell as just changed. A new change restarts the two seconds. */
export function highlight(cell: HTMLElement, direction: Direction): void {
  const one = warm.get(cell) ?? { layer: newLayer(cell), since: 0, heat: 10 };
  warm.set(cell, one);
  one.since = performance.now();
  if (one.layer.dataset.dir !== direction) one.layer.dataset.dir = direction;
  heatTo(one, 10);
  clock ??= setInterval(cool, CLOCK);
}

/** Appended by hand: for the two seconds of its life it is no business of whoever draws the cell. */
function newLayer(cell: HTMLElement): HTMLElement {
  const layer = document.createElement("i");
  layer.className = prefersStill() ? "ls-hot ls-still" : "ls-hot";
  layer.setAttribute("aria-hidden", "true");
  cell.append(layer);
  return layer;
}

function cool(): void {
  const now = performance.now();
  for (const [cell, one] of warm) {
    const age = now - one.since;
    if (age < LASTS && cell.isConnected) heatTo(one, heatAt(age));
    else {
      warm.delete(cell);
      one.layer.remove();
    }
  }
  if (warm.size > 0) return;
  clearInterval(clock);
  clock = undefined;
}

const heatAt = (age: number): number => Math.min(10, Math.ceil((10 * (LASTS - age)) / (LASTS - HOLD)));

function heatTo(one: Warm, heat: number): void {
  if (one.heat === heat) return;
  one.heat = heat;
  one.layer.style.setProperty("--ls-heat", `${heat * 10}%`);
}

const prefersStill = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Which way a number went; nothing for text, for the first value and for values without an order. */
export function directionOf(before: number | null, after: number | null): Direction {
  if (before === null || after === null || Number.isNaN(before) || Number.isNaN(after)) return "";
  return after > before ? "↑" : "↓";
}
