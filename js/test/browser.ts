// What jsdom has no layout for: stubs that say nothing.

import { vi } from "vitest";

class Observer {
  observe(): void {}
  disconnect(): void {}
  unobserve(): void {}
}

/** Installs the stubs for one test. */
export function stubBrowser({ still = false } = {}): void {
  vi.stubGlobal("ResizeObserver", Observer);
  vi.stubGlobal("IntersectionObserver", Observer);
  vi.stubGlobal("matchMedia", () => ({ matches: still, addEventListener() {}, removeEventListener() {} }));
  Object.defineProperty(HTMLElement.prototype, "offsetWidth", { configurable: true, get: widthOf });
  for (const [name, size] of Object.entries({
    offsetHeight: 600,
    clientWidth: 1000,
    clientHeight: 600,
  })) {
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => size });
  }
  HTMLCanvasElement.prototype.getContext = () => null;
}

/** What stands in a row is narrower than what rows stand in. */
function widthOf(this: HTMLElement): number {
  return this.matches(".ls-cell, .ls-pins") ? 200 : 1000;
}

/** After the next frame and everything it sets off. */
export async function frames(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise((resolve) => setTimeout(resolve));
  }
}
