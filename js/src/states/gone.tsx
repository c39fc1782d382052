// A process died while somebody looked: what it was, what became of its runs, and where they are.

import { clockTime, formatCount } from "../format.ts";
import type { Gone } from "../gone.ts";
import { Icon } from "../icons.tsx";
import type { Kernel } from "../kernel.ts";
import type { Shared } from "../shared.ts";

/** A kernel's runs are found dead within two seconds; a machine under load may take its time. */
const SOON = 30_000;
const MOST_NAMED = 3;

export function GoneBanner({ gone, kernel, acts }: { gone: Gone } & Pick<Shared, "acts" | "kernel">) {
  const names = gone.experiments.map(({ name }) => name);
  const ids = gone.experiments.map(({ id }) => id);
  return (
    <div class="ls-banner" role="status">
      <Icon name="stopped" />
      <span>
        <b>
          {whoEnded(kernel, gone.at)} at {clockTime(gone.at)}.
        </b>{" "}
        {listed(names)} {names.length === 1 ? "is" : "are"} marked Stopped. Every logged value is here.
      </span>
      <span class="ls-grow" />
      <button type="button" class="ls-b ls-line" onClick={() => acts.lookAt(ids)}>
        {names.length === 1 ? "Show it" : `Show these ${WORDS[names.length] ?? formatCount(names.length)}`}
      </button>
      <button type="button" class="ls-icon-b" aria-label="Close" onClick={() => acts.dismiss(gone)}>
        <Icon name="x" small />
      </button>
    </div>
  );
}

const WORDS: Record<number, string> = { 2: "two", 3: "three" };

/** Of a page without a notebook, and of a script, only this much is known. */
function whoEnded(kernel: Kernel | null, at: number): string {
  const ended = kernel?.ended;
  if (!ended || Math.abs(at - ended.at) > SOON) return "A process died";
  return ended.how === "died" ? "The kernel died" : "The kernel was restarted";
}

function listed(names: readonly string[]): string {
  if (names.length > MOST_NAMED) return `${names.slice(0, 2).join(", ")} and ${formatCount(names.length - 2)} more`;
  return names.length === 1 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
