// What a status cell says: an outline, a word and the one detail that is most useful now.

import type { Experiment } from "./contract.ts";
import { age, ago, dateTime, formatCount, left } from "./format.ts";
import { stepTime } from "./speed.ts";

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
export const isLive = (experiment: Experiment, now: number): boolean =>
  experiment.status === "running" && now < liveUntil(experiment);

const lives = new WeakMap<Experiment, number>();

/** Remembered: this is asked of every running experiment in every frame, and reading a time is slow. */
function liveUntil(experiment: Experiment): number {
  const known = lives.get(experiment);
  if (known !== undefined) return known;
  const { stale_at, lost_at, updated_at } = experiment;
  const until = Math.min(Date.parse(stale_at), Date.parse(lost_at), Date.parse(updated_at) + LIVE_FOR + 1);
  lives.set(experiment, until);
  return until;
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
  if (experiment.detail === "stopping")
    return { glyph: "running", word: "Running", detail: "stopping", short: "stopping" };
  const started = now - Date.parse(experiment.started_at);
  const done = progress(experiment);
  if (done !== null) {
    const percent = `${Math.floor(done * 100)}%`;
    const detail = [percent, timeLeft(experiment, now)].filter(Boolean).join(" · ");
    return { glyph: "running", word: "Running", detail, short: percent };
  }
  if (step === null)
    return { glyph: "running", word: "Running", detail: `started ${ago(started)}`, short: age(started) };
  return { glyph: "running", word: "Running", detail: `step ${formatCount(step)}`, short: formatCount(step) };
}

/** The share of a run's steps that are behind it, 0 to 1; null where it has not said its total. */
export function progress({ status, step, total_steps }: Experiment): number | null {
  if (status !== "running" || !total_steps) return null;
  return step === null ? 0 : Math.min(1, Math.max(0, (step + 1) / total_steps));
}

/** What the speed of the last steps promises: what was before a pause is no part of it. */
function timeLeft(experiment: Experiment, now: number): string | null {
  const { step, total_steps, updated_at } = experiment;
  const each = stepTime(experiment);
  if (each === null || step === null || !total_steps || step + 1 >= total_steps) return null;
  return left(Date.parse(updated_at) + each * (total_steps - step - 1) - now);
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
