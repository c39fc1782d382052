// The menu of one column: sort, test, judge, pin, hide.

import type { Acts } from "../acts.ts";
import { type Arrangement, type Goal, toggleIn, withFilter, withGoal } from "../arrange/arrangement.ts";
import type { Column } from "../columns.ts";
import { Menu, MenuItem } from "../menu.tsx";
import { type PopPlace, placeAt, styleOf } from "../place.ts";

export interface OpenColumnMenu {
  column: string;
  place: PopPlace;
}

const SIZE = { width: 208, height: 248 };

export const columnMenuAt = (column: string, at: Element): OpenColumnMenu => ({ column, place: placeAt(at, SIZE) });

interface Props {
  id: string;
  /** Nothing for the name and the status, which stay where they are. */
  column: Column | undefined;
  place: PopPlace;
  acts: Acts;
  how: Arrangement;
  close(back: boolean): void;
}

export function ColumnMenu({ id, column, place, acts, how, close }: Props) {
  const then = (step: (before: Arrangement) => Arrangement) => () => {
    close(true);
    acts.arrange(step);
  };
  const sorted = (down: boolean) => then((before) => ({ ...before, sorts: [{ column: id, down }] }));
  const test = { column: id, test: column?.numeric ? "≥" : "contains", text: "", difference: false, on: true } as const;
  return (
    <Menu
      label={`Menu of column ${column ? column.prefix + column.name : id}`}
      close={close}
      opener={place.button}
      style={styleOf(place)}
    >
      <MenuItem icon="up" word="Sort ascending" hint="S" act={sorted(false)} />
      <MenuItem icon="sortd" word="Sort descending" act={sorted(true)} />
      <MenuItem
        icon="filter"
        word="Filter"
        hint="F"
        act={() => {
          close(false);
          acts.arrange((before) => withFilter(before, test));
          acts.openPanel("filter");
        }}
      />
      {column && <OfColumn column={column} how={how} then={then} />}
    </Menu>
  );
}

interface OfColumnProps {
  column: Column;
  how: Arrangement;
  then(step: (before: Arrangement) => Arrangement): () => void;
}

function OfColumn({ column, how, then }: OfColumnProps) {
  const { key, kind } = column.field;
  const goal = how.goals[key];
  const judged = (next: Goal) => then((before) => withGoal(before, key, goal === next ? null : next));
  return (
    <>
      <hr class="ls-rule" />
      {kind === "metric" && (
        <>
          <MenuItem icon="up" word="Higher is better" checked={goal === "higher"} act={judged("higher")} />
          <MenuItem icon="sortd" word="Lower is better" checked={goal === "lower"} act={judged("lower")} />
        </>
      )}
      {column.numeric && (kind === "param" || column.prefix + column.name === "step") && (
        <MenuItem
          icon="delta"
          word="Show difference"
          checked={how.differing.includes(key)}
          act={then((before) => toggleIn(before, "differing", key))}
        />
      )}
      <MenuItem
        icon="pin"
        word={how.pinned.includes(key) ? "Unpin" : "Pin"}
        act={then((before) => toggleIn(before, "pinned", key))}
      />
      <MenuItem icon="eyeoff" word="Hide column" act={then((before) => toggleIn(before, "hidden", key))} />
    </>
  );
}
