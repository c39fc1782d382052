// One drawing per animation frame, however many changes arrive in between.

/** `schedule()` runs `draw` in the next frame, once. `cancel()` forgets it. */
export function perFrame(draw: () => void): { schedule(): void; cancel(): void } {
  let frame = 0;
  return {
    schedule() {
      if (frame !== 0) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        draw();
      });
    },
    cancel() {
      cancelAnimationFrame(frame);
      frame = 0;
    },
  };
}
