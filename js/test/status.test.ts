import { describe, expect, it } from "vitest";
import type { Experiment } from "../src/contract.ts";
import { left } from "../src/format.ts";
import { apply, emptyState } from "../src/state.ts";
import { contact, isLive, progress, statusView } from "../src/status.ts";
import { at, changes, experiment, NOW } from "./samples.ts";

const view = (more: Partial<Experiment>) => {
  const { glyph, word, detail, short } = statusView(experiment("a", more), NOW);
  return [glyph, word, detail, short];
};

/** Seconds ago, and the step that a run had reached then. */
type Step = [number, number];

/** What the status cell says of a run of 100 steps after it was watched. */
function watched(...steps: Step[]): string {
  const said = steps.map(([ago, step]) => experiment("a", { total_steps: 100, updated_at: at(ago), step }));
  const all = said.reduce((state, one, seq) => apply(state, changes(seq + 1, { experiments: [one] })), emptyState);
  return statusView(all.experiments.get("a") as Experiment, NOW).detail;
}

const silentFor = (seconds: number, stale: number, lost: number): Partial<Experiment> => ({
  heard_at: at(seconds),
  stale_at: at(stale),
  lost_at: at(lost),
});

describe("contact", () => {
  it("compares the server's clock with the times Python has set", () => {
    expect(contact(experiment("a", silentFor(5, -1, -2)), NOW)).toBe("live");
    expect(contact(experiment("a", silentFor(5, 0, -2)), NOW)).toBe("stale");
    expect(contact(experiment("a", silentFor(5, 10, 0)), NOW)).toBe("lost");
  });
});

describe("live", () => {
  it("means running, updated within a minute and not stale", () => {
    expect(isLive(experiment("a"), NOW)).toBe(true);
    expect(isLive(experiment("a", { updated_at: at(61) }), NOW)).toBe(false);
    expect(isLive(experiment("a", { stale_at: at(1) }), NOW)).toBe(false);
    expect(isLive(experiment("a", { status: "completed" }), NOW)).toBe(false);
  });
});

describe("the status cell", () => {
  it("says the step of a running experiment", () => {
    expect(view({ step: 1902 })).toEqual(["running", "Running", "step 1,902", "1,902"]);
    expect(view({ step: null })).toEqual(["running", "Running", "started 10 min ago", "10 min"]);
  });

  it("says how far a run is that said its total, and what is left once its pace is known", () => {
    const run = { total_steps: 100, started_at: at(600), updated_at: at(0) };
    expect(view({ ...run, step: null })).toEqual(["running", "Running", "0%", "0%"]);
    expect(view({ ...run, step: 1 })).toEqual(["running", "Running", "2%", "2%"]);
    expect(view({ ...run, step: 37 })).toEqual(["running", "Running", "38%", "38%"]);
    expect(watched([60, 17], [0, 37])).toBe("38% · 3 min left");
    expect(view({ ...run, step: 99 })).toEqual(["running", "Running", "100%", "100%"]);
    expect(view({ ...run, step: 250 })).toEqual(["running", "Running", "100%", "100%"]);
    expect(progress(experiment("a", { ...run, step: 37 }))).toBeCloseTo(0.38);
    expect(progress(experiment("a", { ...run, step: 37, status: "completed" }))).toBeNull();
    expect(progress(experiment("a", { step: 37 }))).toBeNull();
  });

  it("tells what is left from the speed of the last steps, whatever was before a pause", () => {
    // A step a second, then an hour of nothing: the first step after it says nothing yet.
    const before: Step[] = [
      [3_680, 0],
      [3_660, 20],
    ];
    expect(watched(...before, [30, 21])).toBe("22%");
    expect(watched(...before, [30, 21], [20, 31])).toBe("32%");
    expect(watched(...before, [30, 21], [20, 31], [0, 51])).toBe("52% · 50 s left");
  });

  it("forgets a speed that is minutes old, and that of an earlier start", () => {
    expect(watched([800, 0], [400, 10], [40, 12], [0, 32])).toBe("33% · 2 min left");
    expect(watched([800, 50], [60, 1], [0, 31])).toBe("32% · 2 min left");
  });

  it("knows nothing of a speed that it has not seen for a while", () => {
    expect(watched([19, 17], [0, 37])).toBe("38%");
    expect(watched([600, 37])).toBe("38%");
  });

  it("rounds what is left to its unit", () => {
    const lefts = [1, 42, 80, 12 * 60, 59.6 * 60, 5 * 3600, 25 * 3600, 80 * 3600].map((s) => left(s * 1000));
    expect(lefts).toEqual([
      ...["10 s left", "40 s left", "1 min left", "12 min left"],
      ...["1 h left", "5 h left", "1 day left", "3 days left"],
    ]);
  });

  it("says when a silent run was last heard and still calls it running", () => {
    expect(view(silentFor(250, 200, -1))).toEqual(["stale", "Running", "last heard 4 min ago", "4 min"]);
    expect(view(silentFor(1600, 1500, 900))).toEqual(["lost", "Running", "last heard 26 min ago", "26 min"]);
  });

  it("says why a run failed, by class if there is one", () => {
    const error = { type: "FloatingPointError", text: "loss is nan", cell: 12, traceback: null };
    expect(view({ status: "failed", error, ended_at: at(1320) })).toEqual([
      "failed",
      "Failed",
      "FloatingPointError",
      "22 min",
    ]);
    expect(view({ status: "failed", detail: "the DVC stage failed" })[2]).toBe("the DVC stage failed");
  });

  it("says why a run was stopped, and when one was completed", () => {
    expect(view({ status: "stopped", detail: "process died" })[2]).toBe("process died");
    expect(view({ status: "completed", ended_at: at(3060) })).toEqual([
      "completed",
      "Completed",
      "51 min ago",
      "51 min",
    ]);
  });

  it("never becomes stale after its end", () => {
    expect(view({ status: "completed", ended_at: at(3060), ...silentFor(9000, 8000, 7000) })[0]).toBe("completed");
  });
});
