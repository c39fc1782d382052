// A transport in memory: a test says what arrives and reads what was asked.

import type { Changes, Details, DetailsRequest, SeriesAnswer, SeriesRequest } from "../src/contract.ts";
import { Feed } from "../src/transport/feed.ts";
import type {
  Actions,
  Connection,
  Deleted,
  Runs,
  StorageDesk,
  TokenDesk,
  Transport,
} from "../src/transport/transport.ts";
import { changes } from "./samples.ts";

export class FakeTransport extends Feed implements Transport {
  readonly calls: string[] = [];
  refuse: string | null = null;
  deleted: Deleted[] = [];
  /** In which frame from now on a deletion arrives. */
  behind = 1;
  /** What is told of an experiment and one of its starts. */
  readonly held = new Map<string, Details>();
  readonly bodies = new Map<string, unknown>();
  private seq = 0;

  readonly runs: Runs = {
    markStopped: (id) => this.call(`mark-stopped ${id}`),
    stop: (id) => this.call(`stop ${id}`),
    unmarkStopped: (id) => this.call(`unmark-stopped ${id}`),
  };

  actions: Actions | null = {
    ...this.runs,
    remove: async (id) => {
      await this.call(`remove ${id}`);
      return this.seq + this.behind;
    },
    restore: (id) => this.call(`restore ${id}`),
    removeAll: async (ids) => {
      await this.call(`remove ${ids.join(" ")}`);
      return this.seq + this.behind;
    },
    restoreAll: (ids) => this.call(`restore ${ids.join(" ")}`),
    trash: async () => this.deleted,
    makeProject: async (wanted) => {
      await this.call(`make ${JSON.stringify(wanted)}`);
      return "made";
    },
    changeProject: (id, to) => this.call(`change ${id} ${JSON.stringify(to)}`),
    removeProject: (id) => this.call(`remove-project ${id}`),
    restoreProject: (id) => this.call(`restore-project ${id}`),
    reload: async (id) => {
      await this.call(`reload ${id}`);
      return "Fetched origin.";
    },
  };

  tokens: TokenDesk | null = null;
  storage: StorageDesk | null = null;

  constructor(connection: Connection = { kind: "connected", polled: false }) {
    super();
    this.connection = connection;
  }

  send(more: Partial<Changes>): void {
    this.seq += 1;
    this.receive(changes(this.seq, more));
  }
  series({ metric }: SeriesRequest): Promise<SeriesAnswer> {
    return Promise.resolve({ metric, seq: this.seq, series: [] });
  }
  details({ experiment, generation }: DetailsRequest): Promise<Details> {
    this.calls.push(`details ${experiment} ${generation}`);
    const found = this.held.get(`${experiment} ${generation}`);
    return found ? Promise.resolve(found) : Promise.reject(new Error("no such start"));
  }
  plot(_experiment: string, digest: string): Promise<unknown> {
    this.calls.push(`plot ${digest}`);
    return this.bodies.has(digest) ? Promise.resolve(this.bodies.get(digest)) : Promise.reject(new Error("no plot"));
  }
  imageUrl(): string | null {
    return null;
  }
  load(): Promise<unknown> {
    return Promise.reject(new Error("no Plotly in this test"));
  }
  retry(): void {
    this.calls.push("retry");
  }
  private async call(what: string): Promise<void> {
    this.calls.push(what);
    if (this.refuse) throw new Error(this.refuse);
  }
}
