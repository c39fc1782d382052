// Where a popover stands: at its button, inside the dashboard, because an output may cut what sticks out.

export interface PopPlace {
  button: Element;
  left: number;
  /** From the dashboard's top, where it opens downwards. */
  top?: number;
  /** From the dashboard's bottom, where it opens upwards. */
  bottom?: number;
}

/** Below the button, or above it where the dashboard ends. */
export function placeAt(button: Element, { width, height }: { width: number; height: number }): PopPlace {
  const root = button.closest(".ls")?.getBoundingClientRect() ?? new DOMRect();
  const { left, top, bottom } = button.getBoundingClientRect();
  const below = bottom - root.top + 2;
  const fits = below + height <= root.height || top - root.top < height;
  return {
    button,
    left: Math.max(0, Math.min(left - root.left, root.width - width - 4)),
    ...(fits ? { top: below } : { bottom: root.bottom - top + 2 }),
  };
}

const px = (length: number | undefined): string => (length === undefined ? "auto" : `${length}px`);

export const styleOf = ({ left, top, bottom }: PopPlace) => ({ left: px(left), top: px(top), bottom: px(bottom) });
