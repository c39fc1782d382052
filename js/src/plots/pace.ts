// When charts fetch and draw: not more often than eyes follow, only where somebody can see them, by turns.

/** Up to six charts move four times a second; more of them twice, so that a notebook stays quick. */
const FAST = 250;
const SLOW = 500;
const FEW = 6;
/** A server that has just failed is asked again later. */
const AFTER_FAILURE = 5000;

/** The charts in sight, of one dashboard. */
export class Pace {
  private readonly visible = new Set<object>();

  see(chart: object, visible: boolean): void {
    if (visible) this.visible.add(chart);
    else this.visible.delete(chart);
  }

  get period(): number {
    return this.visible.size <= FEW ? FAST : SLOW;
  }
}

/** What drawing may take of a frame, in milliseconds; the rest is for whoever scrolls and types. */
const BUDGET = 8;

const waiting = new Map<object, () => void>();
let frame = 0;

/** Draws in a coming animation frame, after whoever waits already. Asked twice, it draws the newer thing once. */
export function drawInTurn(chart: object, draw: () => void): void {
  waiting.set(chart, draw);
  if (frame === 0) frame = requestAnimationFrame(drawSome);
}

export function forgetDrawing(chart: object): void {
  waiting.delete(chart);
}

/** At least one, then as many as there is time for. */
function drawSome(): void {
  frame = 0;
  const begun = performance.now();
  for (const [chart, draw] of waiting) {
    waiting.delete(chart);
    draw();
    if (performance.now() - begun > BUDGET) break;
  }
  if (waiting.size > 0 && frame === 0) frame = requestAnimationFrame(drawSome);
}

/** Does `work` when it is wanted, never twice at once and never sooner than a period after the last time. */
export class Refresher {
  private wanted = false;
  private busy = false;
  private startedAt = Number.NEGATIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly period: () => number,
  ) {}

  want(): void {
    this.wanted = true;
    if (this.busy) return;
    // Anew each time: what is wanted now may be wanted sooner.
    clearTimeout(this.timer);
    const wait = Math.max(0, this.startedAt + this.period() - performance.now());
    this.timer = setTimeout(() => void this.run(), wait);
  }

  stop(): void {
    this.wanted = false;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async run(): Promise<void> {
    this.timer = undefined;
    this.wanted = false;
    this.busy = true;
    this.startedAt = performance.now();
    await this.work().catch(() => {
      this.startedAt += AFTER_FAILURE;
    });
    this.busy = false;
    if (this.wanted) this.want();
  }
}
