// The kernel of the notebook that a view stands in, as the host sees it. It decides nothing: numbers come without it.

export interface Running {
  /** Its number in the notebook; null where this page was opened after it had begun. */
  cell: number | null;
  /** Milliseconds since the epoch. */
  since: number | null;
}

export interface Kernel {
  /** The cell that keeps the kernel busy. */
  readonly running: Running | null;
  /** How it ended last, and when. */
  readonly ended: { how: "died" | "restarted"; at: number } | null;
  /** The way to the cell of this number, where this notebook has it and it shows this error; null elsewhere. */
  wayTo(cell: number, error: string): (() => void) | null;
  /** Called after each change; the first listener begins to watch, the last one ends it. */
  subscribe(listener: () => void): () => void;
}
