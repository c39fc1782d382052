// The first line: who it is, how it stands, and the way out.

import { type Experiment, NO_GIT } from "../contract.ts";
import { ago, duration, formatCount, shortSha } from "../format.ts";
import { Icon } from "../icons.tsx";
import { statusView } from "../status.ts";
import { Glyph } from "../table/status_cell.tsx";

interface Props {
  experiment: Experiment;
  now: number;
  close(): void;
}

export function Head({ experiment, now, close }: Props) {
  const { glyph } = statusView(experiment, now);
  const { name, baseline_sha } = experiment;
  return (
    <header class="ls-phead ls-detail-head">
      <Glyph name={glyph} />
      <h3 class="ls-cut" title={name}>
        {name}
      </h3>
      {baseline_sha !== NO_GIT && <span class="ls-mono ls-dim">{shortSha(baseline_sha)}</span>}
      <span class={glyph === "failed" ? "ls-cut ls-bad-word" : "ls-cut ls-dim"}>{headline(experiment, now)}</span>
      <span class="ls-grow" />
      <button type="button" class="ls-b" aria-label="Close details" title="Close details (Esc)" onClick={close}>
        <Icon name="x" />
      </button>
    </header>
  );
}

const JUST_NOW = 10_000;

/** How it stands, since when, and how long it took. */
export function headline(experiment: Experiment, now: number): string {
  const { status, started_at, ended_at, updated_at, step } = experiment;
  const started = Date.parse(started_at);
  if (status === "running") {
    const { glyph, detail } = statusView(experiment, now);
    const at = glyph === "running" && step !== null ? `step ${formatCount(step)}, ` : "";
    return `Running, ${glyph === "running" ? `${at}for ${duration(now - started)}` : detail}`;
  }
  const ended = Date.parse(ended_at ?? updated_at);
  const word = `${status.charAt(0).toUpperCase()}${status.slice(1)}`;
  const since = now - ended < JUST_NOW ? "just now" : ago(now - ended);
  return `${word} ${since}, after ${duration(ended - started)}`;
}
