import { describe, expect, it } from "vitest";
import { imagesUntil, reelsByPath, shownOf, stepsOf } from "../src/plots/images.tsx";
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
    const anywhere = { imageUrl: (_: string, digest: string) => `/${digest}` };
    const shown = (of: typeof mine, step: number) => shownOf(imagesUntil(of?.images ?? [], step), "a", anywhere);
    expect([4, 9, 100].map((step) => shown(mine, step).image?.step)).toEqual([3, 9, 9]);
    expect(shown(other, 4)).toEqual({ image: null, url: null });
  });

  it("are older ones while the newest is on its way, and only that one is asked for", () => {
    const [mine] = reels.get("r.png") ?? [];
    const asked: string[] = [];
    const slow = {
      imageUrl(_: string, digest: string, ask = true) {
        if (ask) asked.push(digest);
        return digest === "r.png3" ? "blob:3" : null;
      },
    };
    expect(shownOf(mine?.images ?? [], "a", slow)).toMatchObject({ image: { step: 3 }, url: "blob:3" });
    expect(asked).toEqual(["r.png9"]);
  });
});
