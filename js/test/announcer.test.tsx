import { describe, expect, it } from "vitest";
import { experiment } from "./samples.ts";
import { Screen } from "./screen.ts";

const screen = new Screen();
const BEGIN = Date.parse("2026-11-22T12:00:00Z");
const SECOND = 1000;
let clock = BEGIN;

const run = (name: string, acc: number) =>
  experiment(name, { metrics: { "m.json": { val: { acc } } }, updated_at: new Date(clock).toISOString() });

async function opened(): Promise<void> {
  clock = BEGIN;
  await screen.open({ experiments: [run("first", 0.1)] });
  screen.transport.now = () => clock;
  await at(0, 0.1);
}

/** So many seconds after opening a run logs that. */
async function at(seconds: number, acc: number, name = "first"): Promise<string> {
  clock = BEGIN + seconds * SECOND;
  await screen.send({ experiments: [run(name, acc)] });
  return said();
}

const log = () => screen.one("[role=log]");
const said = () => log().textContent ?? "";

describe("what a screen reader hears of the numbers", () => {
  it("is nothing of what was there at first", async () => {
    await opened();
    expect(said()).toBe("");
    expect(await at(1, 0.2)).toBe("");
  });

  it("is one sentence in ten seconds, of the newest value", async () => {
    await opened();
    const heard: [number, string][] = [];
    for (const second of [1, 9, 11, 12, 20, 22, 23]) {
      const now = await at(second, second / 100, second % 2 ? "first" : "second");
      if (now && now !== heard.at(-1)?.[1]) heard.push([second, now]);
    }
    expect(heard.map(([second]) => second)).toEqual([11, 22]);
    for (const [, sentence] of heard) expect(sentence).toMatch(/^run-(first|second): val\/acc 0\.\d{4}$/);
  });

  it("waits politely, and is muted with the keys' own switch", async () => {
    await opened();
    expect(await at(11, 0.3)).toBe("run-first: val/acc 0.3000");
    expect(log().getAttribute("aria-live")).toBe("polite");
    await screen.press(screen.one("[role=treegrid]"), "?");
    const mute = screen.one("[role=dialog] input[type=checkbox]") as HTMLInputElement;
    expect(mute.checked).toBe(true);
    await screen.click(mute);
    expect([said(), log().getAttribute("aria-live")]).toEqual(["", "off"]);
    expect(await at(25, 0.4)).toBe("");
  });
});
