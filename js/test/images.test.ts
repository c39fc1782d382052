import { describe, expect, it } from "vitest";
import { imageAt, reelsByPath, stepsOf } from "../src/plots/images.tsx";
import { experiment } from "./samples.ts";

const image = (path: string, step: number | null) => ({ path, step, digest: `${path}${step}` });

describe("pictures", () => {
  const one = experiment("a", { images: [image("r.png", 9), image("r.png", 3), image("slide/1.png", 7)] });
  const two = experiment("b", { images: [image("r.png", 5), image("slide/0.png", 7), image("only.png", null)] });
  const reels = reelsByPath([one, two]);

  it("of one path stand beside each other, by step", () => {
    expect([...reels.keys()]).toEqual(["r.png", "slide/*.png", "only.png"]);
    expect(stepsOf(reels.get("r.png") ?? [])).toEqual([3, 5, 9]);
  });

  it("called by numbers are the steps of one", () => {
    expect(stepsOf(reels.get("slide/*.png") ?? [])).toEqual([0, 1]);
  });

  it("are the latest at or before a step", () => {
    const [mine, other] = reels.get("r.png") ?? [];
    expect([4, 9, 100].map((step) => imageAt(mine?.images ?? [], step)?.step)).toEqual([3, 9, 9]);
    expect(imageAt(other?.images ?? [], 4)).toBeNull();
  });
});
