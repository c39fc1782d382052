import { describe, expect, it } from "vitest";
import type { Details, Experiment, Generation } from "../src/contract.ts";
import { type Frame, framesOf, placeOf, whereOf } from "../src/detail/trace.ts";
import { frames } from "./browser.ts";
import { FakeTransport } from "./fake_transport.ts";
import { at, experiment } from "./samples.ts";
import { Screen } from "./screen.ts";

const TRACE = `Traceback (most recent call last):
  File "2432.py", line 18, in <module>
    scaler.scale(loss).backward()
    ~~~~~~~~~~~~^^^^^^
  File "amp.py", line 7, in backward
    raise FloatingPointError("found NaN")
FloatingPointError: found NaN
`;

const screen = new Screen();
const { all, one } = screen;
const pane = () => one(".ls-detail");
const text = () => pane().textContent ?? "";
const pressed = (name: string) =>
  all(".ls-start").map((start) => start.getAttribute("aria-pressed") === "true")[
    all(".ls-start").findIndex((start) => start.textContent?.includes(name))
  ];

const failed = experiment("a", {
  generation: 2,
  status: "failed",
  detail: "FloatingPointError",
  error: { type: "FloatingPointError", text: "found NaN", cell: 12, traceback: TRACE },
  started_at: at(3600),
  ended_at: at(1320),
  params: { "params.yaml": { lr: 0.03, prompt: "Once… (9,000 characters)", model: { depth: 4 } } },
  metrics: { "metrics.json": { "train/loss": 0.123456789, best: "nan" } },
  cut: [["params", "params.yaml", "prompt"]],
  ledger: {
    received: 12345,
    repaired: 2,
    duplicate: 1,
    refused: 3,
    refusal: { status: 400, detail: "`step` is missing", time: at(240) },
  },
});
const first = experiment("a", {
  generation: 1,
  status: "stopped",
  detail: "process died",
  started_at: at(7200),
  ended_at: at(7000),
  params: { "params.yaml": { lr: 0.5 } },
});
const inShort = (run: Experiment, points: number): Generation => ({
  ...{ generation: run.generation, status: run.status, detail: run.detail, step: run.step, points },
  ...{ started_at: run.started_at, updated_at: run.updated_at, ended_at: run.ended_at },
});
const generations = [inShort(failed, 12345), inShort(first, 7)];

async function open(kept: Record<string, Details> = {}, connection = new FakeTransport()): Promise<void> {
  connection.held.set("a null", { experiment: failed, generations });
  connection.held.set("a 1", { experiment: first, generations });
  for (const [key, details] of Object.entries(kept)) connection.held.set(key, details);
  await screen.open({ experiments: [failed, experiment("b")] }, connection);
  await screen.click(all(".ls-x-name").find(({ textContent }) => textContent === "run-a"));
  await frames();
}

describe("the details of an experiment", () => {
  it("say how it stands, why, and what it logged", async () => {
    await open();
    expect(text()).toContain("Failed 22 min ago, after 38 min 0 s");
    expect(one(".ls-failure").textContent).toContain(
      "In [12], line 18---> 18  scaler.scale(loss).backward()+ 1 frame down to amp.py",
    );
    expect(text()).toContain("train/loss0.123456789");
    expect(text()).toContain("bestNaN");
    expect(text()).toContain("model/depth4");
  });

  it("fold how it came to where it failed, and read the last of several tracebacks", () => {
    const chained = `${TRACE}\nDuring handling of the above exception, another exception occurred:\n\n${TRACE.replace(/18/, "21")}`;
    const frames = framesOf(chained);
    expect(frames.map(({ line }) => line)).toEqual([21, 7]);
    expect(whereOf(placeOf(frames, 12) as Frame, 12)).toBe("In [12], line 21");
    // In a script no file is a cell's: what raised is what is shown.
    expect(whereOf(placeOf(frames, null) as Frame, null)).toBe("amp.py, line 7, in backward");
    expect([framesOf(""), framesOf("no traceback"), placeOf([], 1)]).toEqual([[], [], undefined]);
  });

  it("hold the ledger, with the reason of the last refusal", async () => {
    await open();
    const facts = [...pane().querySelectorAll("[aria-label=Received] dd")].map(({ textContent }) => textContent);
    expect(facts).toEqual(["12,345 points", "2", "1 point dropped", "3 requests", "400, 4 min ago: `step` is missing"]);
  });

  it("list the earlier starts; choosing one shows what it was", async () => {
    await open();
    expect(all(".ls-start").map((start) => start.querySelector(".ls-start-word")?.textContent)).toEqual([
      "Failed",
      "Stopped",
    ]);
    expect(pressed("Failed")).toBe(true);
    const start = all(".ls-start")[1] as HTMLElement;
    start.focus();
    await screen.click(start);
    await frames();
    expect(document.activeElement).toBe(start);
    expect(pressed("Stopped")).toBe(true);
    expect(text()).toContain("after 3 min 20 s");
    expect(text()).toContain("process died");
    expect(text()).toContain("lr0.5");
    expect(text()).not.toContain("FloatingPointError: found NaN");
    await screen.click(all(".ls-start")[0]);
    expect(text()).toContain("FloatingPointError: found NaN");
  });

  it("fetch a long value only when somebody asks for it", async () => {
    const whole = { ...failed, params: { "params.yaml": { lr: 0.03, prompt: "Once upon a time" } }, cut: [] };
    await open();
    expect(text()).toContain("Once… (9,000 characters)");
    screen.transport.held.set("a null", { experiment: whole, generations });
    await screen.click(all(".ls-held-more button")[0]);
    await frames();
    expect(text()).toContain("promptOnce upon a time");
    expect(all(".ls-held-more")).toEqual([]);
  });

  it("open with Enter and close with Escape, and the focus comes and goes", async () => {
    await open();
    await screen.press(pane(), "Escape");
    expect(all(".ls-detail")).toEqual([]);
    const table = one("[role=treegrid]");
    expect(document.activeElement).toBe(table);
    await screen.press(table, "End");
    await screen.press(table, "Enter");
    expect(document.activeElement).toBe(pane());
    await screen.press(pane(), "Escape");
    expect(document.activeElement).toBe(table);
    expect(one("[aria-label=Plots].ls-pane")).not.toBeNull();
  });

  it("move with the run while it runs, and close with its row", async () => {
    await open();
    await screen.send({ experiments: [{ ...failed, generation: 3, status: "running", error: null, step: 7 }] });
    expect(text()).toContain("Running, step 7");
    expect(all(".ls-failure")).toEqual([]);
    await screen.send({ deleted: ["a"] });
    expect(all(".ls-detail")).toEqual([]);
  });

  it("say plainly what a busy kernel has not answered", async () => {
    const kernel = new FakeTransport({ kind: "kernel" });
    kernel.details = () => new Promise(() => undefined);
    await open({}, kernel);
    expect(text()).toContain("while a cell runs, it answers nothing");
    expect(text()).toContain("train/loss0.123456789");
  });
});
