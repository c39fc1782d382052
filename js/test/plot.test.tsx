import { render } from "preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { precisionOf } from "../src/format.ts";
import { Front } from "../src/front.ts";
import { Hover } from "../src/plots/hover.ts";
import { usual, type XAxis } from "../src/plots/options.ts";
import { Pace } from "../src/plots/pace.ts";
import { Plot } from "../src/plots/plot.tsx";
import { stubBrowser } from "./browser.ts";
import { FakeTransport } from "./fake_transport.ts";
import { experiment } from "./samples.ts";

/** Says at once that there is room and that it is in sight. */
class Seen {
  constructor(private readonly tell: (entries: unknown[]) => void) {}
  observe(): void {
    this.tell([{ isIntersecting: true, contentRect: { width: 400, height: 176 } }]);
  }
  disconnect(): void {}
}

const ANSWERED_AFTER = 1500;
let el: HTMLElement;
let transport: FakeTransport;

beforeEach(() => {
  stubBrowser();
  vi.stubGlobal("ResizeObserver", Seen);
  vi.stubGlobal("IntersectionObserver", Seen);
  vi.useFakeTimers();
  el = document.createElement("div");
  document.body.append(el);
  transport = new FakeTransport({ kind: "kernel" });
});

afterEach(() => {
  vi.useRealTimers();
  el.remove();
});

describe("a plot", () => {
  // A busy kernel: nothing comes, and waiting ends without the lines that were asked for.
  const draw = (x: XAxis = "step", answer = ANSWERED_AFTER) => {
    const series = vi.spyOn(transport, "series").mockImplementation(async ({ metric }) => {
      await new Promise((resolve) => setTimeout(resolve, answer));
      return { metric, seq: 1, series: [] };
    });
    const spec = { metric: "loss", experiments: [experiment("a")], signature: "1" };
    const view = { selection: new Map([["a", 0]]), options: { ...usual, x } } as const;
    const parts = {
      pace: new Pace(),
      front: new Front(),
      hover: new Hover(),
      precision: precisionOf([]),
      handle: { current: null },
    };
    render(<Plot spec={spec} transport={transport} {...view} {...parts} />, el);
    return series;
  };

  it("asks a busy kernel again while it is there, and no more when it has gone", async () => {
    const series = draw();
    await vi.advanceTimersByTimeAsync(2 * ANSWERED_AFTER);
    const asked = series.mock.calls.length;
    expect(asked).toBeGreaterThan(1);
    render(null, el);
    await vi.advanceTimersByTimeAsync(10 * ANSWERED_AFTER);
    expect(series).toHaveBeenCalledTimes(asked);
  });

  it("of a finished run is drawn anew when the axis changes", async () => {
    transport = new FakeTransport({ kind: "connected", polled: false });
    draw("time", 1);
    await vi.advanceTimersByTimeAsync(10 * ANSWERED_AFTER);
    const series = draw("relative", 1);
    const asked = series.mock.calls.length;
    await vi.advanceTimersByTimeAsync(10 * ANSWERED_AFTER);
    expect(series.mock.calls.length - asked).toBe(1);
  });
});
