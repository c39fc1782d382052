import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pace, Refresher } from "../src/plots/pace.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

describe("a chart's fetches", () => {
  it("keep to the period however often something new is there", async () => {
    const work = vi.fn(() => Promise.resolve());
    const refresher = new Refresher(work, () => 250);
    for (let turn = 0; turn < 45; turn += 1) {
      refresher.want();
      await pass(20);
    }
    expect(work).toHaveBeenCalledTimes(4);
  });

  it("never overlap, and the last wish is not forgotten", async () => {
    let done = () => {};
    const work = vi.fn(() => new Promise<void>((resolve) => (done = resolve)));
    const refresher = new Refresher(work, () => 250);
    refresher.want();
    await pass(1000);
    refresher.want();
    await pass(1000);
    expect(work).toHaveBeenCalledTimes(1);
    done();
    await pass(1);
    expect(work).toHaveBeenCalledTimes(2);
  });

  it("come sooner when what is wanted may come sooner", async () => {
    let period = 1000;
    const work = vi.fn(() => Promise.resolve());
    const refresher = new Refresher(work, () => period);
    refresher.want();
    await pass(1);
    refresher.want();
    await pass(300);
    expect(work).toHaveBeenCalledTimes(1);
    period = 250;
    refresher.want();
    await pass(1);
    expect(work).toHaveBeenCalledTimes(2);
  });

  it("leave a failing server alone for a while", async () => {
    const work = vi.fn(() => Promise.reject(new Error("down")));
    const refresher = new Refresher(work, () => 250);
    for (let turn = 0; turn < 40; turn += 1) {
      refresher.want();
      await pass(100);
    }
    expect(work).toHaveBeenCalledTimes(1);
    await pass(2000);
    expect(work).toHaveBeenCalledTimes(2);
  });
});

describe("the pace", () => {
  it("is four a second for six charts in sight and two for more", () => {
    const pace = new Pace();
    const charts = Array.from({ length: 7 }, () => ({}));
    for (const chart of charts.slice(0, 6)) pace.see(chart, true);
    expect(pace.period).toBe(250);
    pace.see(charts[6] as object, true);
    expect(pace.period).toBe(500);
    pace.see(charts[0] as object, false);
    expect(pace.period).toBe(250);
  });
});
