// The Live filter is on and nothing is running.

import type { Acts } from "../acts.ts";

export function NoneLive({ acts }: { acts: Acts }) {
  return (
    <div class="ls-pad">
      <h3>Nothing is running</h3>
      <p>Only running experiments are shown. New ones appear here with their first value.</p>
      <button type="button" class="ls-b ls-line" onClick={acts.toggleLive}>
        Show all
      </button>
    </div>
  );
}
