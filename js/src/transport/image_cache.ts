// Pictures that came through the kernel, in pieces, asked for or pushed.

/** A piece of one, as the kernel says it; the bytes come beside it. */
export interface Piece {
  digest: string;
  /** Null where there is no such picture, or it is too large. */
  kind: string | null;
  size: number;
  at: number;
}

interface Coming {
  parts: Map<number, Uint8Array<ArrayBuffer>>;
  held: number;
}

const HELD_MOST = 200;
/** A question may have been lost with a restarted kernel. */
const ASK_AGAIN = 30_000;
const ASKED_MOST = 12;

export class ImageCache {
  /** Addresses of whole pictures, those shown last at the end; empty where there is nothing to show. */
  private readonly urls = new Map<string, string>();
  private readonly coming = new Map<string, Coming>();
  private readonly asked = new Map<string, number>();

  /** Where it is, empty where there is nothing to show, or null while it is not here: then `ask` asks for it. */
  url(digest: string, ask: (() => void) | null): string | null {
    const known = this.urls.get(digest);
    if (known !== undefined) {
      this.urls.delete(digest);
      this.urls.set(digest, known);
      return known;
    }
    if (ask && this.mayAsk(digest)) {
      this.asked.set(digest, performance.now());
      ask();
    }
    return null;
  }

  /** A busy kernel answers nothing for hours, and pictures may be logged all the time. */
  private mayAsk(digest: string): boolean {
    const since = performance.now() - ASK_AGAIN;
    for (const [asked, at] of this.asked) if (at < since) this.asked.delete(asked);
    return !this.asked.has(digest) && this.asked.size < ASKED_MOST;
  }

  /** Whether the picture is whole with this piece. */
  put({ digest, kind, size, at }: Piece, bytes: DataView | undefined): boolean {
    if (this.urls.has(digest)) return false;
    if (kind === null) return this.keep(digest, "");
    this.asked.set(digest, performance.now());
    const one = this.coming.get(digest) ?? { parts: new Map(), held: 0 };
    this.coming.set(digest, one);
    if (bytes && !one.parts.has(at)) {
      // A copy: the message it came in is larger, and goes.
      one.parts.set(at, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice());
      one.held += bytes.byteLength;
    }
    if (one.held < size) return false;
    const parts = [...one.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    return this.keep(digest, URL.createObjectURL(new Blob(parts, { type: kind })));
  }

  private keep(digest: string, url: string): boolean {
    this.coming.delete(digest);
    this.asked.delete(digest);
    this.urls.set(digest, url);
    for (const [oldest, gone] of this.urls) {
      if (this.urls.size <= HELD_MOST) break;
      this.urls.delete(oldest);
      if (gone !== "") URL.revokeObjectURL(gone);
    }
    return true;
  }
}
