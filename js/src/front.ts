// The one experiment somebody points at: it comes to the front in every chart. Kept apart from the view, because a
// moving mouse must not draw the table again.

const AFTER = 90;

export class Front {
  id: string | null = null;
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** A moment's delay on the way in, so that crossing a row does nothing; none on the way out. */
  readonly enter = (id: string): void => {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.set(id), AFTER);
  };

  readonly leave = (): void => {
    clearTimeout(this.timer);
    this.set(null);
  };

  private set(id: string | null): void {
    if (this.id === id) return;
    this.id = id;
    for (const listener of this.listeners) listener();
  }
}
