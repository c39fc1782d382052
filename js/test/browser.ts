// What jsdom has no layout for: stubs that say nothing, and animations that only remember what was asked.

import { vi } from "vitest";

class Observer {
  observe(): void {}
  disconnect(): void {}
  unobserve(): void {}
}

export interface Animated {
  layer: Element;
  /** Whether it stays as it is all the time. */
  still: boolean;
}

/** Installs the stubs for one test; the list fills with every animation that is started. */
export function stubBrowser({ still = false } = {}): Animated[] {
  const animated: Animated[] = [];
  vi.stubGlobal("ResizeObserver", Observer);
  vi.stubGlobal("IntersectionObserver", Observer);
  vi.stubGlobal("matchMedia", () => ({ matches: still, addEventListener() {}, removeEventListener() {} }));
  for (const [name, size] of Object.entries({
    offsetWidth: 1000,
    offsetHeight: 600,
    clientWidth: 1000,
    clientHeight: 600,
  })) {
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => size });
  }
  HTMLCanvasElement.prototype.getContext = () => null;
  Element.prototype.animate = function animate(frames): Animation {
    animated.push({ layer: this, still: (frames as Keyframe[]).every(({ opacity }) => opacity === 1) });
    return { cancel() {}, onfinish: null } as unknown as Animation;
  };
  return animated;
}

/** After the next frame and everything it sets off. */
export async function frames(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise((resolve) => setTimeout(resolve));
  }
}
