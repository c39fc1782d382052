// The menu of one row.

import type { Acts } from "../acts.ts";
import type { Experiment } from "../contract.ts";
import { Icon } from "../icons.tsx";
import { Menu } from "../menu.tsx";

export interface OpenMenu {
  id: string;
  button: Element;
  left: number;
  /** From the dashboard's top, where it opens downwards. */
  top?: number;
  /** From the dashboard's bottom, where it opens upwards. */
  bottom?: number;
}

const MOST_HEIGHT = 66;
const WIDTH = 208;

/** Below its button, or above it where the dashboard ends; an output may cut what sticks out. */
export function menuAt(id: string, button: Element): OpenMenu {
  const root = button.closest(".ls")?.getBoundingClientRect() ?? new DOMRect();
  const { left, top, bottom } = button.getBoundingClientRect();
  const below = bottom - root.top + 2;
  const fits = below + MOST_HEIGHT <= root.height;
  return {
    id,
    button,
    left: Math.max(0, Math.min(left - root.left, root.width - WIDTH - 4)),
    ...(fits ? { top: below } : { bottom: root.bottom - top + 2 }),
  };
}

const px = (length: number | undefined): string => (length === undefined ? "auto" : `${length}px`);

/** Only what still counts as running can be said to have stopped. */
export const canStop = ({ status }: Experiment): boolean => status === "running";

interface Props {
  experiment: Experiment;
  place: OpenMenu;
  acts: Acts;
  close(back: boolean): void;
}

export function RowMenu({ experiment, place, acts, close }: Props) {
  const then = (act: (experiment: Experiment) => unknown) => () => {
    close(true);
    void act(experiment);
  };
  const style = { left: px(place.left), top: px(place.top), bottom: px(place.bottom) };
  return (
    <Menu label={`Menu of ${experiment.name}`} close={close} opener={place.button} style={style}>
      {canStop(experiment) && (
        <button type="button" class="ls-mi" role="menuitem" tabIndex={-1} onClick={then(acts.markStopped)}>
          <Icon name="stopped" />
          Mark as stopped
        </button>
      )}
      <button type="button" class="ls-mi ls-danger" role="menuitem" tabIndex={-1} onClick={then(acts.remove)}>
        <Icon name="trash" />
        Delete
        <span class="ls-grow" />
        <kbd>Del</kbd>
      </button>
    </Menu>
  );
}
