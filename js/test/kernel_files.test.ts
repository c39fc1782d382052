import { describe, expect, it } from "vitest";
import { type Content, KernelFiles, type WidgetModel } from "../src/loader/kernel_files.ts";

class FakeModel implements WidgetModel {
  say: (content: Content, buffers: DataView[]) => void = () => undefined;

  get(): unknown {
    return undefined;
  }
  on(_: string, listener: FakeModel["say"]): void {
    this.say = listener;
  }
  off(): void {}
  send(): void {}
}

describe("what came before the app", () => {
  const heard = (count: number): (string | undefined)[] => {
    const model = new FakeModel();
    const files = new KernelFiles(model);
    for (let turn = 1; turn <= count; turn += 1) model.say({ type: "changes", detail: String(turn) }, []);
    return files.handOver().map(({ detail }) => detail);
  };

  it("is kept in order", () => {
    expect(heard(3)).toEqual(["1", "2", "3"]);
  });

  it("is only the newest where no app ever comes", () => {
    const kept = heard(10_000);
    expect(kept).toHaveLength(300);
    expect([kept[0], kept.at(-1)]).toEqual(["9701", "10000"]);
  });
});
