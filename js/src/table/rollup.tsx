// What a closed group hides: how many, and the outlines of those that run or failed.

import type { Experiment } from "../contract.ts";
import { formatCount } from "../format.ts";
import { Icon } from "../icons.tsx";
import { contact } from "../status.ts";

const ROLLED = ["running", "stale", "lost", "failed"] as const;
type Rolled = (typeof ROLLED)[number];

const WORDS: Record<Rolled, string> = {
  running: "running",
  stale: "running, not heard for a while",
  lost: "running, not heard for long",
  failed: "failed",
};

function rolledOf(experiment: Experiment, now: number): Rolled | null {
  if (experiment.status === "failed") return "failed";
  if (experiment.status !== "running") return null;
  const heard = contact(experiment, now);
  return heard === "live" ? "running" : heard;
}

export function Rollup({ experiments, now }: { experiments: readonly Experiment[]; now: number }) {
  const counts = new Map<Rolled, number>();
  for (const experiment of experiments) {
    const rolled = rolledOf(experiment, now);
    if (rolled) counts.set(rolled, (counts.get(rolled) ?? 0) + 1);
  }
  return (
    <>
      {ROLLED.filter((rolled) => counts.has(rolled)).map((rolled) => {
        const said = `${formatCount(counts.get(rolled) ?? 0)} ${WORDS[rolled]}`;
        return (
          <span key={rolled} class={`ls-st ls-st-${rolled} ls-rolled`} title={said}>
            <Icon name={rolled} small />
            <span class="ls-vh">{said}</span>
          </span>
        );
      })}
    </>
  );
}
