// What a status cell says: an outline, a word and the one detail that is most useful now.

import type { Experiment } from "./contract.ts";
import { age, ago, dateTime, formatCount } from "./format.ts";

export type Contact = "live" | "stale" | "lost";
export type Glyph = "running" | "stale" | "lost" | "completed" | "failed" | "stopped";

export interface StatusView {
  glyph: Glyph;
  word: string;
  detail: string;
  /** The same detail where there is little room. */
  short: string;
}

const LIVE_FOR = 60_000;

/** Python decides when a silent run goes stale and lost; here the clock is only compared. */
export function contact(experiment: Experiment, now: number): Contact {
  if (now >= Date.parse(experiment.lost_at)) return "lost";
  return now >= Date.parse(experiment.stale_at) ? "stale" : "live";
}

/** What the Live icon counts. */
export function isLive(experiment: Experiment, now: number): boolean {
  if (experiment.status !== "running" || contact(experiment, now) !== "live") return false;
  return now - Date.parse(experiment.updated_at) <= LIVE_FOR;
}

export function statusView(experiment: Experiment, now: number): StatusView {
  return experiment.status === "running" ? runningView(experiment, now) : endedView(experiment, now);
}

function endedView(experiment: Experiment, now: number): StatusView {
  const { status, error, detail } = experiment;
  const since = now - Date.parse(experiment.ended_at ?? experiment.updated_at);
  const short = age(since);
  if (status === "failed")
    return { glyph: "failed", word: "Failed", detail: error?.type || detail || ago(since), short };
  if (status === "stopped") return { glyph: "stopped", word: "Stopped", detail: detail || ago(since), short };
  return { glyph: "completed", word: "Completed", detail: ago(since), short };
}

function runningView(experiment: Experiment, now: number): StatusView {
  const state = contact(experiment, now);
  if (state !== "live") {
    const silence = now - Date.parse(experiment.heard_at);
    return { glyph: state, word: "Running", detail: `last heard ${ago(silence)}`, short: age(silence) };
  }
  const { step } = experiment;
  const started = now - Date.parse(experiment.started_at);
  if (step === null)
    return { glyph: "running", word: "Running", detail: `started ${ago(started)}`, short: age(started) };
  return { glyph: "running", word: "Running", detail: `step ${formatCount(step)}`, short: formatCount(step) };
}

/** Exact times and the whole error, for the tooltip. */
export function statusTitle(experiment: Experiment, { word, detail }: StatusView): string {
  const lines = [`${word} · ${detail}`, `Started ${dateTime(Date.parse(experiment.started_at))}`];
  if (experiment.ended_at) lines.push(`Ended ${dateTime(Date.parse(experiment.ended_at))}`);
  else lines.push(`Last value ${dateTime(Date.parse(experiment.updated_at))}`);
  if (experiment.error) lines.push(`${experiment.error.type}: ${experiment.error.text}`);
  if (experiment.error?.cell != null) lines.push(`In cell [${experiment.error.cell}]`);
  else if (experiment.detail) lines.push(experiment.detail);
  return lines.join("\n");
}
