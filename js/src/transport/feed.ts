// What every transport is, whichever way the bytes come: a state that changes are applied to, a clock, a connection, and
// who wants to know. The first listener opens the way to the bytes, the last one closes it.

import type { Changes } from "../contract.ts";
import { apply, emptyState, type State, settled } from "../state.ts";
import type { Connection } from "./transport.ts";

export class Feed {
  state: State = emptyState;
  connection: Connection = { kind: "connecting" };
  private readonly listeners = new Set<() => void>();
  private offset = 0;
  private clockSet = false;

  now(): number {
    return (this.clockSet ? performance.now() : Date.now()) + this.offset;
  }

  get watched(): boolean {
    return this.listeners.size > 0;
  }

  /** Adds a listener; the returned function removes it and may be called twice. */
  subscribe(listener: () => void): () => void {
    // A wrapper of its own, so that one function may listen twice and leave once.
    const entry = () => listener();
    if (!this.watched) this.open();
    this.listeners.add(entry);
    return () => {
      if (this.listeners.delete(entry) && !this.watched) this.close();
    };
  }

  receive(changes: Changes): void {
    this.setClock(changes.now);
    this.state = apply(this.state, changes);
    this.tell();
  }

  /** The rest may come late: what there is may be drawn. */
  settle(): void {
    if (this.state.complete || this.state.now === null) return;
    this.state = settled(this.state);
    this.tell();
  }

  connect(connection: Connection): void {
    this.connection = connection;
    this.tell();
  }

  tell(): void {
    for (const listener of [...this.listeners]) listener();
  }

  /** Somebody looks again. */
  protected open(): void {}

  /** Nobody looks any more. */
  protected close(): void {}

  /** Another store answers under the same address: nothing we know is true there. */
  protected reset(): void {
    this.state = emptyState;
  }

  private setClock(now: string): void {
    const time = Date.parse(now);
    if (Number.isNaN(time)) return;
    this.clockSet = true;
    this.offset = time - performance.now();
  }
}
