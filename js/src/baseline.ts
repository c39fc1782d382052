// What others are compared with: an experiment, or a commit by the numbers that it holds itself.

import { committedOf } from "./committed.ts";
import type { Commit, Project } from "./contract.ts";
import type { Holder } from "./flat.ts";
import { shortSha } from "./format.ts";
import type { State } from "./state.ts";

export interface Baseline extends Holder {
  id: string;
  name: string;
}

const COMMIT = "commit ";

/** How an arrangement names a commit; an experiment is named by its id. */
export const baselineId = ({ sha }: Commit): string => COMMIT + sha;

export const isCommit = (id: string | null): boolean => id?.startsWith(COMMIT) ?? false;

export function committedBaseline(
  id: string,
  commits: State["commits"],
  project: Project | null,
): Baseline | undefined {
  const sha = id.slice(COMMIT.length);
  for (const list of commits.values()) {
    const commit = list.find((one) => one.sha === sha);
    if (commit) return { ...committedOf(commit, project), id, name: shortSha(sha) };
  }
  return undefined;
}
