// The rows that group others: the Detached section, a branch, a commit.

import type { Experiment } from "../contract.ts";
import { ago, dateTime, formatCount, shortSha } from "../format.ts";
import { Icon, type IconName } from "../icons.tsx";
import type { Row } from "../sections.ts";
import type { RowActs } from "./experiment_row.tsx";

interface Common {
  index: number;
  top: number;
  domId: string;
  active: boolean;
  acts: RowActs;
}

export function SectionRow({
  row,
  index,
  top,
  domId,
  active,
  acts,
}: Common & { row: Extract<Row, { kind: "section" }> }) {
  const { key, section, count, open } = row;
  const title = section.branch ?? "Detached experiments";
  return (
    <div
      id={domId}
      class={active ? "ls-row ls-sect ls-active" : "ls-row ls-sect"}
      role="row"
      aria-level={1}
      aria-rowindex={index + 2}
      aria-expanded={open}
      style={{ transform: `translateY(${top}px)` }}
      onPointerDown={() => acts.activate(index)}
    >
      <div class="ls-cell ls-wide" role="gridcell" aria-colindex={1}>
        <Twist open={open} title={title} onClick={() => acts.group(key)} />
        <Icon name={section.branch === null ? "detach" : "branch"} />
        <b>{title}</b>
        <span class="ls-n">{formatCount(count)}</span>
        {section.branch === null && <span class="ls-dim">no parent commit in this repository</span>}
      </div>
    </div>
  );
}

interface CommitProps extends Common {
  row: Extract<Row, { kind: "commit" }>;
  experiments: readonly Experiment[];
  now: number;
}

export function CommitRow({ row, experiments, now, index, top, domId, active, acts }: CommitProps) {
  const { key, group, open } = row;
  const { sha, title, author, time } = group.commit;
  const committed = Date.parse(time);
  const by = [author, ago(now - committed)].filter(Boolean).join(" · ");
  return (
    <div
      id={domId}
      class={active ? "ls-row ls-co ls-active" : "ls-row ls-co"}
      role="row"
      aria-level={2}
      aria-rowindex={index + 2}
      aria-expanded={open}
      style={{ transform: `translateY(${top}px)` }}
      onPointerDown={() => acts.activate(index)}
    >
      <div class="ls-cell ls-name" role="gridcell" aria-colindex={1}>
        <span class="ls-ck-space" />
        <span class={railOf(row)} />
        <Twist open={open} title={`${shortSha(sha)} ${title}`} onClick={() => acts.group(key)} />
        <span class="ls-mono" title={sha}>
          {shortSha(sha)}
        </span>
        <span class="ls-cut" title={title}>
          {title}
        </span>
        {!open && <Summary experiments={experiments} />}
      </div>
      <div class="ls-cell ls-status ls-dim" role="gridcell" aria-colindex={2} title={dateTime(committed)}>
        <span class="ls-cut">{by}</span>
      </div>
    </div>
  );
}

function railOf({ first, last, open, group }: CommitProps["row"]): string {
  const ends = last && !(open && group.experiments.length > 0);
  return ["ls-rail ls-node", first ? "ls-first" : "", ends ? "ls-end" : ""].filter(Boolean).join(" ");
}

/** What a closed group hides: how many, and whether any of them runs or failed. */
function Summary({ experiments }: { experiments: readonly Experiment[] }) {
  const glyphs = (["running", "failed"] as const).filter((status) => experiments.some((one) => one.status === status));
  return (
    <>
      <span class="ls-n">{formatCount(experiments.length)}</span>
      {glyphs.map((glyph: IconName) => (
        <span key={glyph} class={`ls-st ls-st-${glyph}`} title={glyph}>
          <Icon name={glyph} small />
        </span>
      ))}
    </>
  );
}

function Twist({ open, title, onClick }: { open: boolean; title: string; onClick(): void }) {
  return (
    <button
      type="button"
      class={open ? "ls-tw ls-tw-open" : "ls-tw"}
      aria-expanded={open}
      aria-label={`${open ? "Close" : "Open"} ${title}`}
      tabIndex={-1}
      onClick={onClick}
    >
      <Icon name="chev" />
    </button>
  );
}
