// The menu of one row.

import { useEffect } from "preact/hooks";
import type { Acts } from "../acts.ts";
import type { Experiment } from "../contract.ts";
import { useDismiss } from "../hooks.ts";
import { Icon } from "../icons.tsx";

export interface OpenMenu {
  id: string;
  left: number;
  top: number;
}

const HEIGHT = 40;
const WIDTH = 208;

/** Below its button, or above it where the dashboard ends; an output may cut what sticks out. */
export function menuAt(id: string, button: Element): OpenMenu {
  const root = button.closest(".ls")?.getBoundingClientRect() ?? new DOMRect();
  const { left, top, bottom } = button.getBoundingClientRect();
  const below = bottom - root.top + 2;
  const fits = below + HEIGHT <= root.height;
  return {
    id,
    left: Math.max(0, Math.min(left - root.left, root.width - WIDTH - 4)),
    top: fits ? below : top - root.top - HEIGHT,
  };
}

interface Props {
  experiment: Experiment;
  place: OpenMenu;
  acts: Acts;
  close(): void;
}

export function RowMenu({ experiment, place, acts, close }: Props) {
  const ref = useDismiss(close);
  useEffect(() => ref.current?.querySelector("button")?.focus({ preventScroll: true }), []);
  const remove = () => {
    close();
    void acts.remove(experiment);
  };
  return (
    <div
      ref={ref}
      class="ls-pop ls-menu"
      role="menu"
      tabIndex={-1}
      aria-label={`Menu of ${experiment.name}`}
      style={{ left: `${place.left}px`, top: `${place.top}px` }}
    >
      <button type="button" class="ls-mi ls-danger" role="menuitem" onClick={remove}>
        <Icon name="trash" />
        Delete
        <span class="ls-grow" />
        <kbd>Del</kbd>
      </button>
    </div>
  );
}
