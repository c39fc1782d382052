// The few hooks several parts use.

import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { perFrame } from "./frame.ts";
import type { Kernel } from "./kernel.ts";
import type { Transport } from "./transport/transport.ts";

/** Draws again in the frame after the transport has something new. */
export function useTransport(transport: Transport): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const frame = perFrame(() => redraw(undefined));
    const leave = transport.subscribe(frame.schedule);
    return () => {
      leave();
      frame.cancel();
    };
  }, [transport]);
}

/** Draws again when the kernel begins, ends or dies. */
export function useKernel(kernel: Kernel | null): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => kernel?.subscribe(() => redraw(undefined)), [kernel]);
}

/** Draws again every `period` while the page is seen: ages grow although nothing arrives. */
export function useTick(period: number): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && redraw(undefined), period);
    return () => clearInterval(timer);
  }, [period]);
}

/** Calls `listener` for presses outside the element and outside `beside`. */
export function useDismiss(listener: () => void, beside: Element | null) {
  const ref = useRef<HTMLDivElement>(null);
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const owner = new AbortController();
    const outside = (event: Event) => {
      const path = event.composedPath();
      if (!path.includes(ref.current as EventTarget) && !(beside && path.includes(beside))) latest.current();
    };
    addEventListener("pointerdown", outside, { signal: owner.signal, capture: true });
    return () => owner.abort();
  }, []);
  return ref;
}

/** The content width of an element, once it has one. */
export function useWidth<T extends HTMLElement>() {
  const ref = useRef<T>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (!ref.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}
