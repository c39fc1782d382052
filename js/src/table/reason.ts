// Why a run hangs on no commit, and what would change that.

import type { Experiment } from "../contract.ts";
import { shortSha } from "../format.ts";

/** What to do, in one sentence, for the chip's tooltip. */
export function wayOut({ place, baseline_sha, repo_url }: Experiment): string {
  const sha = shortSha(baseline_sha);
  switch (place.reason) {
    case "not pushed":
      return `Push the branch with ${sha} and this row moves under that commit.`;
    case "rewritten":
      return `A rebase, reset or squash took ${sha} out of every branch. New runs hang on the new commit.`;
    case "unknown commit":
      return `No branch here has ${sha}. Fetch the branch it is on and this row moves under it.`;
    case "no Git":
      return "This run started outside a Git repository. Run it inside one and it hangs on a commit.";
    case "not connected":
      return `No clone of ${repo_url} is connected. Open a notebook inside one and this row moves under ${sha}.`;
    case null:
      return "";
  }
}
