// A card on the whole screen.

import type { RefObject } from "preact";
import { Icon } from "../icons.tsx";

export const EnlargeButton = ({ box }: { box: RefObject<HTMLElement | null> }) => (
  <button type="button" class="ls-b" title="Full screen" aria-label="Full screen" onClick={() => enlarge(box.current)}>
    <Icon name="expand" small />
  </button>
);

/** The whole screen; where that is not allowed, as in some notebooks, the whole row. */
function enlarge(card: HTMLElement | null): void {
  if (!card) return;
  if (card.ownerDocument.fullscreenElement === card) void card.ownerDocument.exitFullscreen();
  else if (card.classList.contains("ls-wide")) card.classList.remove("ls-wide");
  else card.requestFullscreen().catch(() => card.classList.add("ls-wide"));
}
