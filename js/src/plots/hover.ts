// Where the pointer is on the x axis, shared by all charts of a pane: one hair runs through all of them.

export interface Hovered {
  x: number;
  /** The chart under the pointer; it alone shows the numbers. */
  metric: string;
}

export class Hover {
  at: Hovered | null = null;
  private readonly listeners = new Set<() => void>();

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  set(at: Hovered | null): void {
    if (this.at === at) return;
    this.at = at;
    for (const listener of this.listeners) listener();
  }
}
