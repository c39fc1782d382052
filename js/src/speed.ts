// How fast a run goes now: from what this page has seen of its steps, so that a pause counts for nothing.

import type { Experiment } from "./contract.ts";

interface Mark {
  at: number;
  step: number;
}

/** Speed is told from at least so many milliseconds, and of those that are older only what has to be. */
const LEAST = 20_000;
const RECENT = 300_000;
/** Marks are kept a second apart. */
const APART = 1_000;
/** A silence this many times as long as a step takes, and no shorter than a minute, is a pause. */
const PAUSE = 5;
const SHORTEST_PAUSE = 60_000;

const marks = new WeakMap<Experiment, readonly Mark[]>();

/** Remember what a row says of its run's speed, beside what the one before it said. */
export function follow(before: Experiment | undefined, now: Experiment): void {
  if (now.status !== "running" || now.step === null || !now.total_steps) return;
  const seen = before && before.generation === now.generation ? (marks.get(before) ?? []) : [];
  marks.set(now, after(seen, { at: Date.parse(now.updated_at), step: now.step }));
}

function after(seen: readonly Mark[], mark: Mark): readonly Mark[] {
  const last = seen.at(-1);
  if (!last || mark.step < last.step || isPause(seen, mark)) return [mark];
  if (mark.step === last.step) return seen;
  // The newest mark moves until it is far enough from the one before it.
  const kept = seen.length > 1 && mark.at - (seen.at(-2)?.at ?? 0) < APART ? seen.slice(0, -1) : seen;
  const recent = kept.filter(({ at }) => mark.at - at <= RECENT);
  return [...(recent.length > 0 ? recent : kept.slice(-1)), mark];
}

/** A first step after a long silence says nothing: it may have taken as long, or have been waited for. */
function isPause(seen: readonly Mark[], mark: Mark): boolean {
  const [first, last] = [seen[0], seen.at(-1)];
  if (!first || !last || first === last) return false;
  const usual = (last.at - first.at) / (last.step - first.step);
  const silence = (mark.at - last.at) / Math.max(1, mark.step - last.step);
  return mark.at - last.at > SHORTEST_PAUSE && silence > PAUSE * usual;
}

/** Milliseconds that a step takes now; null until this page has seen enough of them. */
export function stepTime(experiment: Experiment): number | null {
  const seen = marks.get(experiment) ?? [];
  const [first, last] = [seen[0], seen.at(-1)];
  if (!first || !last || last.at - first.at < LEAST) return null;
  return (last.at - first.at) / (last.step - first.step);
}
