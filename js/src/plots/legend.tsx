// One legend for all charts: a chip for every selected experiment, in its colour. Pressing one hides its lines.

import type { Experiment } from "../contract.ts";
import { Icon } from "../icons.tsx";
import { dashOf, hueOf, type Selection } from "../palette.ts";
import { type Repeats, slotOf } from "../repeats/repeats.ts";
import type { Shared } from "../shared.ts";
import { statusView } from "../status.ts";
import { isolate, mute } from "./options.ts";

const STROKES = new Map([
  ["dash", "5 3"],
  ["dot", "1.5 3"],
  ["dashdot", "5 2 1.5 2"],
  ["longdash", "8 2"],
]);

interface Props extends Shared {
  selected: readonly Experiment[];
  repeats: readonly Repeats[];
}

/** Whatever has a line of its own: an experiment, or several that are drawn as one. */
interface Entry {
  name: string;
  members: readonly Experiment[];
  slot: number;
}

export function Legend({ model, acts, front, now, selected, repeats }: Props) {
  if (selected.length === 0) return null;
  const { selection, plots, arrangement } = model.view;
  const dashed = arrangement.hues === "distinct";
  const entries = entriesOf(selected, repeats, selection);
  return (
    <fieldset class="ls-legend">
      <legend class="ls-vh">Experiments in the charts</legend>
      {entries.map(({ name, members, slot }) => {
        const ids = members.map(({ id }) => id);
        const muted = ids.every((id) => plots.muted.includes(id));
        const [first] = members;
        return (
          <button
            type="button"
            key={ids[0]}
            class={muted ? "ls-lg ls-off" : "ls-lg"}
            style={{ "--c": `var(--ls-c${hueOf(slot)})` }}
            aria-pressed={!muted}
            title={`${muted ? "Show" : "Hide"} ${wordsOf(name, members)}. Alt: only this one`}
            onClick={(event) =>
              acts.plot((before) =>
                event.altKey
                  ? isolate(
                      before,
                      ids,
                      selected.map((one) => one.id),
                    )
                  : mute(before, ids),
              )
            }
            onMouseEnter={() => front.enter(ids[0] ?? "")}
            onMouseLeave={front.leave}
          >
            <svg class="ls-key" viewBox="0 0 18 10" aria-hidden="true">
              <path d="M1 5h16" stroke-dasharray={STROKES.get(dashOf(slot, dashed))} />
            </svg>
            <span class="ls-cut">{name}</span>
            {members.length > 1 && <span class="ls-n">{members.length}</span>}
            {members.length === 1 && first && first.status !== "completed" && <Glyph experiment={first} now={now} />}
          </button>
        );
      })}
    </fieldset>
  );
}

const wordsOf = (name: string, members: readonly Experiment[]): string =>
  members.length > 1 ? `${name}, the mean of ${members.map((one) => one.name).join(", ")}` : name;

/** In the order of their colours. */
function entriesOf(selected: readonly Experiment[], repeats: readonly Repeats[], selection: Selection): Entry[] {
  const taken = new Set(repeats.flatMap(({ ids }) => ids));
  const byId = new Map(selected.map((one) => [one.id, one]));
  const alone = selected.filter(({ id }) => !taken.has(id));
  const entries = [
    ...repeats.map((group) => ({
      name: group.name,
      members: group.ids.map((id) => byId.get(id)).filter((one) => one !== undefined),
      slot: slotOf(group, selection) ?? 0,
    })),
    ...alone.map((one) => ({ name: one.name, members: [one], slot: selection.get(one.id) ?? 0 })),
  ];
  return entries.sort((a, b) => a.slot - b.slot);
}

function Glyph({ experiment, now }: { experiment: Experiment; now: number }) {
  const { glyph } = statusView(experiment, now);
  return (
    <span class={`ls-st ls-st-${glyph}`}>
      <Icon name={glyph} small />
    </span>
  );
}
