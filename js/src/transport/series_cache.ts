// Series that came through the kernel, asked for or not, and who is waiting for them.

import type { Series, SeriesAnswer, SeriesRequest } from "../contract.ts";

interface Waiting {
  request: SeriesRequest;
  done: () => void;
}

export class SeriesCache {
  private readonly known = new Map<string, Map<string, Series>>();
  private readonly waiting = new Set<Waiting>();
  private readonly asked = new Map<string, string>();
  private seq = 0;

  put(answer: SeriesAnswer): void {
    const series = this.known.get(answer.metric) ?? new Map<string, Series>();
    for (const one of answer.series) series.set(one.experiment, one);
    this.known.set(answer.metric, series);
    this.seq = Math.max(this.seq, answer.seq);
    this.asked.delete(answer.metric);
    for (const entry of [...this.waiting]) if (this.covers(entry.request)) entry.done();
  }

  /** Whether a question is worth sending: the same one is not, while it is still unanswered. */
  mayAsk({ metric, experiments }: SeriesRequest): boolean {
    const question = JSON.stringify(experiments);
    if (this.asked.get(metric) === question) return false;
    this.asked.set(metric, question);
    return true;
  }

  /** Resolves when the next answer covers the request, or when waiting longer makes no sense. */
  settled(request: SeriesRequest, within: number): Promise<void> {
    return new Promise((resolve) => {
      const entry = { request, done: () => finish() };
      const timer = setTimeout(() => finish(), within);
      const finish = () => {
        clearTimeout(timer);
        this.waiting.delete(entry);
        resolve();
      };
      this.waiting.add(entry);
    });
  }

  answer({ metric, experiments }: SeriesRequest): SeriesAnswer {
    const known = this.known.get(metric);
    const series = experiments.map((id) => known?.get(id)).filter((one) => one !== undefined);
    return { metric, seq: this.seq, series };
  }

  private covers({ metric, experiments }: SeriesRequest): boolean {
    const known = this.known.get(metric);
    return known !== undefined && experiments.every((id) => known.has(id));
  }
}
