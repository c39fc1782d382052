// The menu of one row.

import type { Acts } from "../acts.ts";
import type { Arrangement } from "../arrange/arrangement.ts";
import type { Experiment } from "../contract.ts";
import { Menu, MenuItem } from "../menu.tsx";
import { type PopPlace, placeAt, styleOf } from "../place.ts";

export interface OpenMenu {
  id: string;
  place: PopPlace;
}

const SIZE = { width: 208, height: 274 };

export const menuAt = (id: string, button: Element): OpenMenu => ({ id, place: placeAt(button, SIZE) });

/** Only what still counts as running can be said to have stopped. */
export const canStop = ({ status }: Experiment): boolean => status === "running";

/** Our own logger alone asks whether somebody wants it to stop. */
const listens = (experiment: Experiment): boolean => canStop(experiment) && experiment.client === "live_studio";

interface Props {
  experiment: Experiment;
  place: PopPlace;
  acts: Acts;
  how: Arrangement;
  /** Whether anybody is there who can delete. */
  canWrite: boolean;
  /** Whether anybody is there who can tell a run something. */
  canTell: boolean;
  close(back: boolean): void;
}

export function RowMenu({ experiment, place, acts, how, canWrite, canTell, close }: Props) {
  const { id } = experiment;
  const then = (act: () => unknown) => () => {
    close(true);
    void act();
  };
  const isBaseline = how.baseline === id;
  const starred = how.starred.includes(id);
  const concealed = how.concealed.includes(id);
  return (
    <Menu label={`Menu of ${experiment.name}`} close={close} opener={place.button} style={styleOf(place)}>
      <MenuItem icon="goto" word="Details" hint="Enter" act={then(() => acts.openDetail(id))} />
      <MenuItem icon="plots" word="Plot only this" hint="O" act={then(() => acts.plotOnly(id))} />
      <MenuItem
        icon="flag"
        word={isBaseline ? "No baseline" : "Set as baseline"}
        hint="B"
        act={then(() => acts.toggleBaseline(id))}
      />
      <MenuItem icon="star" word={starred ? "Take the star away" : "Star"} act={then(() => acts.toggleStar(id))} />
      <MenuItem icon="copy" word="Copy name" act={then(() => acts.copyName(experiment))} />
      <hr class="ls-rule" />
      {canTell && listens(experiment) && <MenuItem icon="stop" word="Stop" act={then(() => acts.stop(experiment))} />}
      {canTell && canStop(experiment) && (
        <MenuItem icon="stopped" word="Mark as stopped" hint="X" act={then(() => acts.markStopped(experiment))} />
      )}
      <MenuItem
        icon={concealed ? "eye" : "eyeoff"}
        word={concealed ? "Show row" : "Hide row"}
        hint="H"
        act={then(() => acts.toggleConcealed(experiment, concealed))}
      />
      {canWrite && <MenuItem icon="trash" word="Delete" hint="Del" danger act={then(() => acts.remove(experiment))} />}
    </Menu>
  );
}
