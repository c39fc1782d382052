// Complete experiments, commits and changes with one line each, so that a test shows only what it is about.

import type { Changes, Commit, Experiment, Project, SeriesRequest } from "../src/contract.ts";
import { apply, emptyState, type State } from "../src/state.ts";

export const NOW = Date.parse("2026-11-22T12:00:00.000Z");
export const REPO = "github.com/acme/cifar";
export const SHA = "7f3e9a1".padEnd(40, "0");

export const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString();

export function experiment(id: string, more: Partial<Experiment> = {}): Experiment {
  return {
    id,
    repo_url: REPO,
    baseline_sha: SHA,
    name: `run-${id}`,
    generation: 1,
    status: "running",
    detail: null,
    error: null,
    client: "live_studio",
    message: null,
    subdir: null,
    experiment_rev: null,
    pushed_at: null,
    params: {},
    metrics: {},
    series: {},
    images: [],
    plots: [],
    artifacts: [],
    step: null,
    total_steps: null,
    started_at: at(600),
    updated_at: at(1),
    ended_at: null,
    heard_at: at(1),
    stale_at: at(-30),
    lost_at: at(-600),
    cut: [],
    ledger: { received: 0, repaired: 0, duplicate: 0, refused: 0, refusal: null },
    place: { kind: "commit", reason: null },
    ...more,
  };
}

export function commit(sha: string, more: Partial<Commit> = {}): Commit {
  return {
    repo_url: REPO,
    sha,
    title: `about ${sha}`,
    author: "Ines",
    time: at(7200),
    branch: "main",
    order: 0,
    ...more,
  };
}

export const project = (id: string, repo_url: string = REPO): Project => ({ id, name: id, repo_url, subdir: null });

export function changes(seq: number, more: Partial<Changes> = {}): Changes {
  return { seq, now: at(0), more: false, experiments: [], deleted: [], projects: [], commits: [], ...more };
}

/** What a chart asks where nobody has chosen anything. */
export const request = (more: Partial<SeriesRequest> = {}): SeriesRequest => ({
  metric: "loss",
  experiments: [],
  points: 300,
  x: "step",
  zoom: null,
  smooth: 0,
  smoothing: "ema",
  log: false,
  since: 0,
  ...more,
});

export const stateOf = (more: Partial<Changes>): State => apply(emptyState, changes(1, more));
