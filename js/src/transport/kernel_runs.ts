// What is said to a run where no server stands beside the notebook: the kernel passes it on, by the server's own verbs.

import type { Runs } from "./transport.ts";

export type Telling = "stop" | "mark-stopped" | "unmark-stopped";
export interface Told {
  ask: number;
  problem: string | null;
}

/** A kernel that has not answered by then runs a cell. It hears us when that ends, or at once where it has a thread for it. */
const PATIENCE = 3000;
const BUSY =
  "The kernel is busy and reads this when its cell ends. To stop a run of that cell now, interrupt the kernel.";

export class KernelRuns implements Runs {
  private asks = 0;
  private readonly waiting = new Map<number, (problem: string | null) => void>();

  constructor(private readonly send: (said: unknown) => void) {}

  readonly stop = (experiment: string): Promise<void> => this.tell("stop", experiment);
  readonly markStopped = (experiment: string): Promise<void> => this.tell("mark-stopped", experiment);
  readonly unmarkStopped = (experiment: string): Promise<void> => this.tell("unmark-stopped", experiment);

  /** An answer that comes late finds nobody: by then the row itself says what became of it. */
  onTold({ ask, problem }: Told): void {
    this.waiting.get(ask)?.(problem);
  }

  private tell(what: Telling, experiment: string): Promise<void> {
    this.asks += 1;
    const ask = this.asks;
    return new Promise<void>((resolve, reject) => {
      const patience = setTimeout(() => reject(new Error(BUSY)), PATIENCE);
      this.waiting.set(ask, (problem) => {
        clearTimeout(patience);
        if (problem === null) resolve();
        else reject(new Error(problem));
      });
      this.send({ type: "tell", ask, what, experiment });
    }).finally(() => this.waiting.delete(ask));
  }
}
