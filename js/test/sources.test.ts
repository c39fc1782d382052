import { describe, expect, it } from "vitest";
import type { SeriesRequest } from "../src/contract.ts";
import { Source, type Wanted } from "../src/plots/source.ts";
import { FakeTransport } from "./fake_transport.ts";

const wanted = (more: Partial<Wanted["request"]> = {}, signature = "1"): Wanted => ({
  request: {
    ...{ metric: "loss", experiments: ["a"], points: 100, x: "step", zoom: null, smooth: 0, smoothing: "ema" },
    ...{ log: false, ...more },
  },
  signature,
});

/** What a source asks for when new points have come. */
async function second(more: Partial<Wanted["request"]>): Promise<{ since: number; dear: boolean }> {
  const asked: SeriesRequest[] = [];
  const transport = new FakeTransport();
  transport.series = (request) => {
    asked.push(request);
    const columns = { step: [asked.length], value: [1] };
    const series = [{ experiment: "a", path: "p", total: asked.length, columns, smooth: columns }];
    return Promise.resolve({ metric: "loss", seq: 7, series, ...(request.since > 0 && { since: request.since }) });
  };
  const source = new Source(transport);
  await source.fetch(wanted(more));
  const dear = source.isDear(wanted(more, "2"));
  await source.fetch(wanted(more, "2"));
  return { since: asked.at(-1)?.since ?? -1, dear };
}

describe("what a live chart fetches", () => {
  it("is what came since, also under smoothing over the past", async () => {
    expect(await second({})).toEqual({ since: 7, dear: false });
    expect(await second({ smooth: 0.6 })).toEqual({ since: 7, dear: false });
    expect(await second({ x: "time", smooth: 0.6 })).toEqual({ since: 7, dear: false });
  });

  it("is all of it, less often, where that cannot be continued", async () => {
    for (const more of [
      { zoom: [1, 2] as const },
      { smooth: 0.6, smoothing: "centred" },
      { x: "metric:tokens" },
      { groups: [["a", "b"]] },
    ])
      expect(await second(more)).toEqual({ since: 0, dear: true });
  });

  it("is never rare where something else is wanted", async () => {
    const source = new Source(new FakeTransport());
    expect(source.isDear(wanted({ zoom: [1, 2] }))).toBe(false);
  });
});
