// A transport in memory: a test says what arrives and reads what was asked.

import type { Changes, SeriesAnswer, SeriesRequest } from "../src/contract.ts";
import { Feed } from "../src/transport/feed.ts";
import type { Actions, Connection, Transport } from "../src/transport/transport.ts";
import { changes } from "./samples.ts";

export class FakeTransport implements Transport {
  readonly feed = new Feed();
  readonly calls: string[] = [];
  refuse: string | null = null;
  private seq = 0;

  readonly actions: Actions | null = {
    remove: (id) => this.call(`remove ${id}`),
    restore: (id) => this.call(`restore ${id}`),
    markStopped: (id) => this.call(`mark-stopped ${id}`),
    unmarkStopped: (id) => this.call(`unmark-stopped ${id}`),
  };

  constructor(connection: Connection = { kind: "connected", polled: false }) {
    this.feed.connection = connection;
  }

  get state() {
    return this.feed.state;
  }
  get connection() {
    return this.feed.connection;
  }
  now(): number {
    return this.feed.now();
  }
  subscribe(listener: () => void): () => void {
    return this.feed.listen(listener);
  }
  send(more: Partial<Changes>): void {
    this.seq += 1;
    this.feed.receive(changes(this.seq, more));
  }
  series({ metric }: SeriesRequest): Promise<SeriesAnswer> {
    return Promise.resolve({ metric, seq: this.seq, series: [] });
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
