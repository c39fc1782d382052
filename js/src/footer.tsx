// The last line: how much is selected and shown, from when the values are, and how to scroll.

import type { Shared } from "./dashboard.tsx";
import { clockTime, formatCount } from "./format.ts";

export function Footer({ model, transport }: Shared) {
  const { connection } = transport;
  const { selection } = model.view;
  const shown = model.rows.filter(({ kind }) => kind === "experiment").length;
  const count = model.experiments.length;
  const parts = [
    connection.kind === "lost" ? `Values from ${clockTime(connection.since)}` : "",
    selection.size > 0 ? `${formatCount(selection.size)} selected` : "",
    `${formatCount(count)} ${count === 1 ? "experiment" : "experiments"}`,
    model.view.liveOnly ? `${formatCount(shown)} running shown` : "",
  ];
  return (
    <footer class="ls-foot">
      <span>{parts.filter(Boolean).join(" · ")}</span>
      <span class="ls-grow" />
      <span class="ls-opt ls-scroll-hint">Click the table to scroll it</span>
    </footer>
  );
}
