// Bodies of plots that came through the kernel, asked for or pushed, and who is waiting for them.

/** The newest ones: a plot that is logged again and again is wanted as it is now. */
const HELD_MOST = 200;
/** A question may have been lost with a restarted kernel. */
const ASK_AGAIN = 30_000;

export class BodyCache {
  private readonly known = new Map<string, unknown>();
  private readonly waiting = new Map<string, ((body: unknown) => void)[]>();
  private readonly asked = new Map<string, number>();

  put(digest: string, body: unknown): void {
    this.known.delete(digest);
    this.known.set(digest, body);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= HELD_MOST) break;
      this.known.delete(oldest);
    }
    const waiting = this.waiting.get(digest) ?? [];
    this.waiting.delete(digest);
    this.asked.delete(digest);
    for (const done of waiting) done(body);
  }

  /** Waits as long as it takes: a busy kernel answers when its cell ends. */
  get(digest: string, ask: () => void): Promise<unknown> {
    if (this.known.has(digest)) return Promise.resolve(this.known.get(digest));
    const now = performance.now();
    if (now - (this.asked.get(digest) ?? Number.NEGATIVE_INFINITY) > ASK_AGAIN) {
      this.asked.set(digest, now);
      ask();
    }
    return new Promise((resolve) => {
      this.waiting.set(digest, [...(this.waiting.get(digest) ?? []), resolve]);
    });
  }
}
