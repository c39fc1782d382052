// Where a chart's lines come from: what is on screen, what is wanted, and the cheapest way from one to the other.

import type { SeriesAnswer, SeriesRequest } from "../contract.ts";
import type { Transport } from "../transport/transport.ts";
import { METRIC } from "./options.ts";
import { grown } from "./tail.ts";

/** A request, and what it follows: another signature means that there is something new. */
export interface Wanted {
  request: Omit<SeriesRequest, "since">;
  signature: string;
}

export class Source {
  answer: SeriesAnswer | null = null;
  /** What the answer answers: its lines stand on that axis, whatever is wanted by now. */
  request: Wanted["request"] | null = null;
  private held: Wanted | null = null;

  constructor(private readonly transport: Transport) {}

  has(wanted: Wanted): boolean {
    return this.held !== null && keyOf(this.held) === keyOf(wanted);
  }

  async fetch(wanted: Wanted): Promise<void> {
    this.answer = (await this.tail(wanted)) ?? (await this.transport.series({ ...wanted.request, since: 0 }));
    this.request = wanted.request;
    this.held = this.isComplete(wanted) ? wanted : null;
  }

  /** A kernel may have sent an older answer; then it is asked again, in its time. */
  private isComplete({ request }: Wanted): boolean {
    if (this.transport.connection.kind !== "kernel") return true;
    const answered = new Set(this.answer?.series.map(({ experiment }) => experiment));
    const grouped = !request.groups?.length || this.answer?.groups !== undefined;
    return grouped && request.experiments.every((id) => answered.has(id));
  }

  /** Whether it differs from what is here by new points alone, and those cannot be had alone. */
  isDear({ request }: Wanted): boolean {
    return this.isSame(request) && isWhole(request);
  }

  private isSame(request: Wanted["request"]): boolean {
    return this.held !== null && JSON.stringify(this.held.request) === JSON.stringify(request);
  }

  /** Only what is new, where everything else is here. */
  private async tail({ request }: Wanted): Promise<SeriesAnswer | null> {
    const { answer } = this;
    if (!answer || answer.seq === 0 || !this.isSame(request) || isWhole(request)) return null;
    const news = await this.transport.series({ ...request, since: answer.seq });
    if (news.since !== answer.seq) return news;
    return grown(answer, news, request.points);
  }
}

/**
 * Whether what is drawn cannot be continued by what came since: a stretch that is reduced anew, means of several runs,
 * smoothing that looks ahead, and an axis of another metric, whose values may come after those they belong to.
 */
const isWhole = ({ zoom, groups, smooth, smoothing, x }: Wanted["request"]): boolean =>
  zoom !== null || (groups?.length ?? 0) > 0 || (smooth > 0 && smoothing !== "ema") || x.startsWith(METRIC);

const keyOf = ({ request, signature }: Wanted): string => JSON.stringify([request, signature]);
