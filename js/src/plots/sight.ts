// Whether somebody can see an element, how large it is, and that the page has come back: who draws into it asks for that.

const MARGIN = "100px";

export interface Watched {
  /** In whole pixels, both more than nothing, and another size than before. */
  resized(width: number, height: number): void;
  seen(seen: boolean): void;
  /** The page was hidden and is not any more, or the other way round. */
  turned(): void;
}

/** Watches until `owner` has had enough. */
export function watch(el: HTMLElement, { resized, seen, turned }: Watched, owner: AbortSignal): void {
  let [width, height] = [0, 0];
  const sizes = new ResizeObserver(([entry]) => {
    const box = entry?.contentRect;
    const [wide, high] = [Math.floor(box?.width ?? 0), Math.floor(box?.height ?? 0)];
    if (wide === 0 || high === 0 || (wide === width && high === height)) return;
    [width, height] = [wide, high];
    resized(wide, high);
  });
  sizes.observe(el);
  const sight = new IntersectionObserver(([entry]) => seen(entry?.isIntersecting ?? false), { rootMargin: MARGIN });
  sight.observe(el);
  document.addEventListener("visibilitychange", turned, { signal: owner });
  owner.addEventListener("abort", () => {
    sizes.disconnect();
    sight.disconnect();
  });
}
