// The part both transports share: a state that changes are applied to, a clock, and who wants to know.

import type { Changes } from "../contract.ts";
import { apply, emptyState, type State } from "../state.ts";
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
  listen(listener: () => void): () => void {
    // A wrapper of its own, so that one function may listen twice and leave once.
    const entry = () => listener();
    this.listeners.add(entry);
    return () => void this.listeners.delete(entry);
  }

  receive(changes: Changes): void {
    this.setClock(changes.now);
    this.state = apply(this.state, changes);
    this.tell();
  }

  connect(connection: Connection): void {
    this.connection = connection;
    this.tell();
  }

  /** Another store answers under the same address: nothing we know is true there. */
  reset(): void {
    this.state = emptyState;
  }

  tell(): void {
    for (const listener of [...this.listeners]) listener();
  }

  private setClock(now: string): void {
    const time = Date.parse(now);
    if (Number.isNaN(time)) return;
    this.clockSet = true;
    this.offset = time - performance.now();
  }
}
