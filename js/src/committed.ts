// What a commit holds itself, as the experiments of a project call it.

import type { Commit, Project, Value } from "./contract.ts";
import type { Holder } from "./flat.ts";

type Files = Record<string, Value>;

const nothing: Holder = { metrics: {}, params: {} };
const cache = new WeakMap<Commit, { subdir: string; holder: Holder }>();

/** A commit's numbers. In a folder's project files are called as runs in that folder call them. */
export function committedOf(commit: Commit, project: Project | null): Holder {
  const subdir = project?.subdir ?? "";
  const known = cache.get(commit);
  if (known?.subdir === subdir) return known.holder;
  const { metrics = {}, params = {} } = commit;
  const empty = Object.keys(metrics).length + Object.keys(params).length === 0;
  const holder = empty ? nothing : { metrics: below(metrics, subdir), params: below(params, subdir) };
  cache.set(commit, { subdir, holder });
  return holder;
}

function below(files: Files, subdir: string): Files {
  if (!subdir) return files;
  const inside = Object.entries(files).filter(([file]) => file.startsWith(`${subdir}/`));
  return Object.fromEntries(inside.map(([file, held]) => [file.slice(subdir.length + 1), held]));
}
