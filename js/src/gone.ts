// Runs whose process died while somebody looked: they are said together, because one kernel takes all of its runs with it.

import type { Experiment } from "./contract.ts";

export interface Gone {
  experiments: readonly Experiment[];
  /** When the last of them was found to have ended. */
  at: number;
}

/** How the store says it, in `detail`. */
const DIED = "process died";
/** Runs that end so close together ended with one process. */
const TOGETHER = 10_000;

export class Deaths {
  private running: ReadonlyMap<string, number> = new Map();
  private seen: readonly Experiment[] = [];
  private gone: Gone | null = null;

  /** What is to be said after these experiments have been seen; the same object until that changes. */
  of(experiments: readonly Experiment[]): Gone | null {
    if (experiments === this.seen) return this.gone;
    this.seen = experiments;
    const dead = experiments.filter((one) => hasDied(one) && this.running.get(one.id) === one.generation);
    this.running = new Map(
      experiments.filter(({ status }) => status === "running").map(({ id, generation }) => [id, generation]),
    );
    if (dead.length > 0) this.gone = this.joined(dead);
    // Who runs again is not gone.
    else if (this.gone?.experiments.some(({ id }) => this.running.has(id))) this.gone = null;
    return this.gone;
  }

  private joined(dead: readonly Experiment[]): Gone {
    const at = Math.max(...dead.map(endOf));
    const before = this.gone && at - this.gone.at < TOGETHER ? this.gone.experiments : [];
    return { experiments: [...before, ...dead], at };
  }
}

const hasDied = ({ status, detail }: Experiment): boolean => status === "stopped" && detail === DIED;

const endOf = ({ ended_at, updated_at }: Experiment): number => Date.parse(ended_at ?? updated_at);
