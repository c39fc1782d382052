// Outline, word, one detail. Where there is little room, one short value instead.

import type { Experiment } from "../contract.ts";
import { Icon } from "../icons.tsx";
import { progress, type StatusView, statusTitle } from "../status.ts";

export const Glyph = ({ name }: { name: StatusView["glyph"] }) => (
  <span class={`ls-st ls-st-${name}`}>
    <Icon name={name} />
  </span>
);

interface Props {
  status: StatusView;
  experiment: Experiment;
  current: boolean;
}

export function StatusCell({ status, experiment, current }: Props) {
  const { glyph, word, detail, short } = status;
  return (
    <div
      class={current ? "ls-cell ls-status ls-cur" : "ls-cell ls-status"}
      role="gridcell"
      aria-colindex={2}
      title={statusTitle(experiment, status)}
    >
      <span class={`ls-st ls-st-${glyph}`}>
        <Icon name={glyph} share={progress(experiment)} />
        <span class="ls-st-word">{word}</span>
        <span class="ls-st-detail ls-cut">{detail}</span>
        <span class="ls-st-short">{short}</span>
      </span>
    </div>
  );
}
