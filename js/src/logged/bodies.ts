// The bodies of a plot's experiments: each fetched once for its digest, and kept until a newer one is here.

import type { PlotHead } from "../contract.ts";
import type { Transport } from "../transport/transport.ts";
import type { LoggedSpec } from "./logged.ts";

/** What could not be had is asked for again after this long. */
const AGAIN = 5000;

interface Held {
  head: PlotHead;
  body: unknown;
}

export class Bodies {
  /** The newest that has arrived, by experiment. */
  private readonly held = new Map<string, Held>();
  private readonly pending = new Set<string>();
  private readonly failed = new Map<string, number>();

  constructor(
    private readonly transport: Transport,
    private readonly arrived: () => void,
  ) {}

  /** Whether everything is here, or on its way. */
  has({ shots }: LoggedSpec): boolean {
    return shots.every(({ experiment, head: { digest } }) => this.isSettled(experiment.id, digest));
  }

  of(experiment: string): Held | undefined {
    return this.held.get(experiment);
  }

  /** Does not wait: a busy kernel may answer for one of them in hours. */
  fetch({ shots }: LoggedSpec): void {
    const wanted = new Set(shots.map(({ experiment }) => experiment.id));
    for (const id of this.held.keys()) if (!wanted.has(id)) this.held.delete(id);
    for (const { experiment, head } of shots) {
      if (!this.isSettled(experiment.id, head.digest)) void this.one(experiment.id, head);
    }
  }

  private isSettled(experiment: string, digest: string): boolean {
    const key = keyOf(experiment, digest);
    const failed = this.failed.get(key);
    const waits = failed !== undefined && performance.now() - failed < AGAIN;
    return waits || this.pending.has(key) || this.held.get(experiment)?.head.digest === digest;
  }

  private async one(experiment: string, head: PlotHead): Promise<void> {
    const key = keyOf(experiment, head.digest);
    this.pending.add(key);
    try {
      const body = await this.transport.plot(experiment, head.digest);
      this.failed.delete(key);
      this.held.set(experiment, { head, body });
    } catch {
      this.failed.set(key, performance.now());
    }
    this.pending.delete(key);
    this.arrived();
  }
}

/** Two experiments may have logged the same rows. */
const keyOf = (experiment: string, digest: string): string => `${experiment} ${digest}`;
