// Which columns there are is found out by looking into every row. Of a long table some rows are searched before something
// is drawn, and the others in short portions between two frames.

import { type Column, growColumns, type Measure, refineColumns } from "./columns.ts";
import type { Project } from "./contract.ts";
import { fieldsOf, type Holder } from "./flat.ts";

/** So many cells are looked at in one go: rows have three of them, or two thousand. The first go is part of first paint. */
const PORTION = 4000;
/** How long one portion after another may hold up the page. */
const BUDGET = 6;
/** Digits may become too few while numbers shrink; looking at what has just changed this often is enough. */
const REFINE_EVERY = 5000;

export class Learning {
  columns: readonly Column[] = [];
  private project: Project | null = null;
  private committed: readonly Holder[] = [];
  private shown: readonly Holder[] = [];
  private learnt = new WeakSet<Holder>();
  /** What nobody has searched yet, the next ones last. */
  private waiting: Holder[] = [];
  private refinedAt: number | undefined;

  constructor(private readonly measure: Measure) {}

  /** Whether there is something to do before the next news. */
  get unfinished(): boolean {
    return this.waiting.length > 0;
  }

  /** Another project has other columns; within one they only grow. */
  of(project: Project | null, shown: readonly Holder[], committed: readonly Holder[], now: number): readonly Column[] {
    if (project?.id !== this.project?.id) {
      this.columns = [];
      this.learnt = new WeakSet();
    }
    this.project = project;
    if (shown === this.shown && committed === this.committed) return this.columns;
    this.shown = shown;
    this.committed = committed;
    // The newest stand last, and their columns are looked for first.
    this.waiting = [...committed, ...shown].filter((holder) => !this.learnt.has(holder));
    this.refine(this.portion(), now);
    return this.columns;
  }

  /** Goes on for a moment; whether it came to something: other columns, or the end. */
  goOn(): boolean {
    const before = this.columns;
    const ends = performance.now() + BUDGET;
    while (this.unfinished && performance.now() < ends) this.portion();
    return this.columns !== before || !this.unfinished;
  }

  private portion(): Holder[] {
    const some: Holder[] = [];
    this.columns = growColumns(this.columns, this.taken(some), this.measure);
    return some;
  }

  /** Each in turn, while whoever asks has not looked at too many cells; they are put into `some`. */
  private *taken(some: Holder[]): Iterable<Holder> {
    for (let cells = 0; cells < PORTION; ) {
      const holder = this.waiting.pop();
      if (!holder) return;
      this.learnt.add(holder);
      some.push(holder);
      yield holder;
      // It has just been walked through, which counted it.
      cells += fieldsOf(holder).size;
    }
  }

  private refine(fresh: readonly Holder[], now: number): void {
    this.refinedAt ??= now;
    if (fresh.length === 0 || now - this.refinedAt <= REFINE_EVERY) return;
    this.refinedAt = now;
    this.columns = refineColumns(this.columns, fresh);
  }
}
