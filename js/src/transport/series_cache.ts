// Series that came through the kernel, asked for or not, and who is waiting for them.

import type { GroupSeries, Series, SeriesAnswer, SeriesRequest } from "../contract.ts";

interface Question {
  experiments: string;
  at: number;
}

/** What a mean over runs depends on. A kernel makes it, on its own axis; it cannot be put together from lines. */
export interface GroupsAsked {
  metric: string;
  groups: readonly (readonly string[])[];
  band: string;
  x: string;
  points: number;
}

export function groupsAsked({ metric, groups, band = "std", x, points }: SeriesRequest): GroupsAsked | null {
  return groups?.length ? { metric, groups, band, x, points } : null;
}

/** A question may have been lost with a restarted kernel. */
const ASK_AGAIN = 30_000;

/** Series of an earlier start are others. */
const keyOf = ({ metric, generation }: { metric: string; generation?: number | undefined }): string =>
  generation === undefined ? metric : `${generation} ${metric}`;

export class SeriesCache {
  private readonly known = new Map<string, Map<string, Series>>();
  private readonly waiting = new Map<string, Set<() => void>>();
  private readonly asked = new Map<string, Question>();
  private readonly grouped = new Map<string, GroupSeries[]>();
  private readonly groupsAskedAt = new Map<string, number>();
  private seq = 0;

  putGroups(asked: GroupsAsked, { seq, groups = [] }: SeriesAnswer): void {
    this.grouped.set(JSON.stringify(asked), groups);
    this.groupsAskedAt.delete(JSON.stringify(asked));
    this.seq = Math.max(this.seq, seq);
    this.wake(asked.metric);
  }

  mayAskGroups(asked: GroupsAsked): boolean {
    const key = JSON.stringify(asked);
    const at = performance.now();
    if (at - (this.groupsAskedAt.get(key) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN) return false;
    this.groupsAskedAt.set(key, at);
    return true;
  }

  groupsOf(asked: GroupsAsked | null): { groups?: GroupSeries[] } {
    const groups = asked && this.grouped.get(JSON.stringify(asked));
    return groups ? { groups } : {};
  }

  put({ seq, series, ...of }: SeriesAnswer): void {
    const metric = keyOf(of);
    const known = this.known.get(metric) ?? new Map<string, Series>();
    for (const one of series) known.set(one.experiment, one);
    this.known.set(metric, known);
    this.seq = Math.max(this.seq, seq);
    if (this.isAnswer(metric, series)) this.asked.delete(metric);
    // Whoever waits draws what there is: a busy kernel pushes the running experiments and answers for the others later.
    this.wake(metric);
  }

  private wake(metric: string): void {
    for (const done of [...(this.waiting.get(metric) ?? [])]) done();
  }

  /** What is pushed unasked holds fewer experiments and leaves a question open. */
  private isAnswer(metric: string, series: Series[]): boolean {
    const asked = JSON.parse(this.asked.get(metric)?.experiments ?? "[]") as string[];
    const answered = new Set(series.map(({ experiment }) => experiment));
    return asked.every((id) => answered.has(id));
  }

  /** Whether a question is worth sending: the same one is not, while it is still unanswered. */
  mayAsk({ experiments, ...of }: SeriesRequest): boolean {
    const metric = keyOf(of);
    const question = { experiments: JSON.stringify(experiments), at: performance.now() };
    const open = this.asked.get(metric);
    if (open?.experiments === question.experiments && question.at - open.at < ASK_AGAIN) return false;
    this.asked.set(metric, question);
    return true;
  }

  /** Resolves when the next series of the metric arrive, or when waiting longer makes no sense. */
  settled(of: SeriesRequest, within: number): Promise<void> {
    const metric = keyOf(of);
    return new Promise((resolve) => {
      const waiting = this.waiting.get(metric) ?? new Set();
      this.waiting.set(metric, waiting);
      const done = () => {
        clearTimeout(timer);
        waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, within);
      waiting.add(done);
    });
  }

  answer({ metric, experiments, generation }: SeriesRequest): SeriesAnswer {
    const known = this.known.get(keyOf({ metric, generation }));
    const series = experiments.map((id) => known?.get(id)).filter((one) => one !== undefined);
    return { metric, seq: this.seq, series };
  }
}
