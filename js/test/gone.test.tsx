import { describe, expect, it } from "vitest";
import type { Kernel } from "../src/kernel.ts";
import { frames } from "./browser.ts";
import { at, experiment } from "./samples.ts";
import { Screen } from "./screen.ts";

const screen = new Screen();
const { all, one } = screen;

const running = (id: string, generation = 1) => experiment(id, { status: "running", generation, ended_at: null });
const dead = (id: string, ended: number, generation = 1) =>
  experiment(id, { status: "stopped", detail: "process died", generation, ended_at: at(ended) });
const banner = () => all(".ls-banner").map(({ textContent }) => textContent);

class FakeKernel implements Kernel {
  running: Kernel["running"] = null;
  ended: Kernel["ended"] = null;
  private readonly listeners = new Set<() => void>();
  wayTo(): null {
    return null;
  }
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
  async says(more: Partial<Pick<Kernel, "running" | "ended">>): Promise<void> {
    Object.assign(this, more);
    for (const listener of this.listeners) listener();
    await frames();
  }
}

describe("a process that died", () => {
  it("is said once for all of its runs, which are shown when asked for, and put away", async () => {
    await screen.open({ experiments: [running("a"), running("b"), running("c")] });
    await screen.send({ experiments: [dead("a", 60)] });
    await screen.send({ experiments: [dead("b", 61)] });
    expect(banner()).toHaveLength(1);
    expect(banner()[0]).toMatch(
      /^A process died at .*\. run-a and run-b are marked Stopped\. Every logged value is here/,
    );
    await screen.click(all(".ls-banner button")[0]);
    expect(all(".ls-sel").map((row) => row.querySelector(".ls-cut")?.textContent)).toEqual(["run-b", "run-a"]);
    expect(one(".ls-active").textContent).toContain("run-a");
    await screen.click(one(".ls-banner [aria-label=Close]"));
    expect(banner()).toEqual([]);
  });

  it("is no news to who comes later, nor where a run was stopped by somebody", async () => {
    await screen.open({ experiments: [dead("a", 60), running("b")] });
    expect(banner()).toEqual([]);
    await screen.send({ experiments: [experiment("b", { status: "stopped", detail: "marked", ended_at: at(61) })] });
    expect(banner()).toEqual([]);
  });

  it("is forgotten when the run goes on", async () => {
    await screen.open({ experiments: [running("a")] });
    await screen.send({ experiments: [dead("a", 60)] });
    expect(banner()).toHaveLength(1);
    await screen.send({ experiments: [running("a", 2)] });
    expect(banner()).toEqual([]);
  });
});

describe("the kernel of the notebook", () => {
  const foot = () => one(".ls-foot").textContent;

  it("is said to be busy, by the number of its cell and for how long, while the view is live", async () => {
    const kernel = new FakeKernel();
    await screen.open({ experiments: [running("a")] }, undefined, { kernel });
    expect(one(".ls-conn").textContent).toBe("Connected");
    await kernel.says({ running: { cell: 12, since: Date.now() - (2 * 60 + 14) * 60_000 } });
    expect(one(".ls-conn").textContent).toBe("Kernel busy, view live");
    expect(foot()).toContain("In [12] has been running for 2 h 14 min");
    await kernel.says({ running: { cell: null, since: null } });
    expect(foot()).toContain("A cell is running");
    await kernel.says({ running: null });
    expect(one(".ls-conn").textContent).toBe("Connected");
    expect(foot()).not.toContain("running for");
  });

  it.each([
    ["died", "The kernel died at"],
    ["restarted", "The kernel was restarted at"],
  ] as const)("is named where it %s with its runs", async (how, words) => {
    const kernel = new FakeKernel();
    await screen.open({ experiments: [running("a")] }, undefined, { kernel });
    await kernel.says({ ended: { how, at: Date.parse(at(58)) } });
    await screen.send({ experiments: [dead("a", 60)] });
    expect(banner()[0]).toContain(words);
    expect(banner()[0]).toContain("run-a is marked Stopped.");
  });
});
