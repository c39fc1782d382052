// Every start of an experiment; choosing one shows its numbers, parameters and points.

import type { Acts } from "../acts.ts";
import type { Experiment, Generation } from "../contract.ts";
import { dateTime, duration, formatCount } from "../format.ts";
import { statusView } from "../status.ts";
import { Glyph } from "../table/status_cell.tsx";

interface Props {
  generations: readonly Generation[];
  chosen: number;
  newest: Experiment;
  acts: Acts;
  now: number;
}

export function Starts({ generations, chosen, newest, acts, now }: Props) {
  return (
    <fieldset class="ls-earlier">
      <legend>{formatCount(generations.length)} starts</legend>
      {generations.map((one) => (
        <button
          type="button"
          key={one.generation}
          class="ls-start"
          aria-pressed={one.generation === chosen}
          onClick={() => acts.openDetail(newest.id, one.generation === newest.generation ? null : one.generation)}
        >
          <Start one={one} newest={newest} now={now} />
        </button>
      ))}
    </fieldset>
  );
}

function Start({ one, newest, now }: { one: Generation; newest: Experiment; now: number }) {
  // The newest moves on while we look; its row knows more than the answer of a moment ago.
  const current = one.generation === newest.generation;
  const { glyph, word } = statusView(current ? newest : { ...newest, ...one, error: null }, now);
  const started = Date.parse(one.started_at);
  const end = current && newest.status === "running" ? now : Date.parse(one.ended_at ?? one.updated_at);
  const points = current ? newest.ledger.received : one.points;
  return (
    <>
      <Glyph name={glyph} />
      <span class="ls-start-word">{word}</span>
      <span>{dateTime(started)}</span>
      <span class="ls-dim">{duration(end - started)}</span>
      <span class="ls-dim ls-cut">{one.detail ?? ""}</span>
      <span class="ls-grow" />
      <span class="ls-dim">{`${formatCount(points)} ${points === 1 ? "point" : "points"}`}</span>
    </>
  );
}
