// The experiments that limits name: those that would go, and those that stay all the same.

import { useState } from "preact/hooks";
import type { Status } from "../contract.ts";
import { ago, formatCount } from "../format.ts";
import { Icon } from "../icons.tsx";
import { formatBytes } from "./bytes.ts";
import type { Held, RetentionPlan, Spared } from "./contract.ts";

const AT_FIRST = 200;
const WHY: Record<Spared, string> = {
  running: "stays: it may still log",
  pushed: "stays: it is in a Git remote",
};

const WORDS: Record<Status, string> = {
  running: "Running",
  completed: "Completed",
  failed: "Failed",
  stopped: "Stopped",
};

export function Going({ plan: { going, staying }, now }: { plan: RetentionPlan; now: number }) {
  const [most, setMost] = useState(AT_FIRST);
  if (going.length + staying.length === 0) return null;
  const rest = Math.max(going.length, staying.length) - most;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached with the keys too.
    <section class="ls-so-list" tabIndex={0} aria-label="What these limits name">
      <table class="ls-so-table">
        <thead>
          <tr>
            <th scope="col">Experiment</th>
            <th scope="col">Status</th>
            <th scope="col">Last logged</th>
            <th scope="col">Takes</th>
          </tr>
        </thead>
        <tbody>
          {going.slice(0, most).map((one) => (
            <Line key={one.id} one={one} why="" now={now} />
          ))}
          {staying.slice(0, most).map((one) => (
            <Line key={one.id} one={one} why={WHY[one.why]} now={now} />
          ))}
        </tbody>
      </table>
      {rest > 0 && (
        <button type="button" class="ls-tk-link" onClick={() => setMost(most * 5)}>
          Show {formatCount(Math.min(rest, most * 4))} more
        </button>
      )}
    </section>
  );
}

function Line({ one, why, now }: { one: Held; why: string; now: number }) {
  const { name, status, updated_at, bytes, repo_url } = one;
  return (
    <tr data-stays={why ? "" : undefined}>
      <td class="ls-cut" title={`${name} (${repo_url})`}>
        {name}
      </td>
      <td class="ls-cut" title={why ? `${WORDS[status]}, ${why}` : WORDS[status]}>
        <span class={`ls-so-status ls-st-${status}`}>
          <Icon name={status} small />
          {WORDS[status]}
        </span>
        {why && <span class="ls-dim">, {why}</span>}
      </td>
      <td>{ago(now - Date.parse(updated_at))}</td>
      <td>{formatBytes(bytes)}</td>
    </tr>
  );
}
