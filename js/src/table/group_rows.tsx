// The rows that group others: the Detached section, a branch, a commit.

import { baselineId } from "../baseline.ts";
import type { Commit, Experiment } from "../contract.ts";
import { type Fields, fieldsOf, type Holder } from "../flat.ts";
import { ago, dateTime, formatCount, shortSha } from "../format.ts";
import { Icon } from "../icons.tsx";
import type { Row } from "../sections.ts";
import { BaselineTag } from "./baseline_tag.tsx";
import { Cell, type Differs } from "./cell.tsx";
import type { RowActs } from "./experiment_row.tsx";
import { Rollup } from "./rollup.tsx";
import type { Placed } from "./rows.ts";

interface Common {
  index: number;
  top: number;
  domId: string;
  active: boolean;
  acts: RowActs;
}

interface SectionProps extends Common {
  row: Extract<Row, { kind: "section" }>;
  /** Those in it, where it is closed. */
  experiments: readonly Experiment[];
  now: number;
  revealed: boolean;
}

export function SectionRow({ row, experiments, now, index, top, domId, active, acts, revealed }: SectionProps) {
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
        <Twist open={open} title={title} onClick={(event) => acts.group(key, event.shiftKey)} />
        <Icon name={section.branch === null ? "detach" : "branch"} />
        <b>{title}</b>
        {count > 0 && <span class="ls-n">{formatCount(count)}</span>}
        {!open && <Rollup experiments={experiments} now={now} />}
        {section.hidden > 0 && (
          <button
            type="button"
            class="ls-b ls-hidden-b"
            aria-pressed={revealed}
            title={revealed ? "Hide them again" : "Show commits that change no number, or ask to be skipped"}
            tabIndex={-1}
            onClick={acts.reveal}
          >
            <Icon name={revealed ? "eye" : "eyeoff"} small />
            {section.hidden === 1 ? "1 commit" : `${formatCount(section.hidden)} commits`}{" "}
            {revealed ? "shown" : "hidden"}
          </button>
        )}
        {section.branch === null && <span class="ls-dim">no parent commit in this repository</span>}
      </div>
    </div>
  );
}

interface CommitProps extends Common {
  row: Extract<Row, { kind: "commit" }>;
  experiments: readonly Experiment[];
  /** What the commit holds itself. */
  holder: Holder;
  columns: readonly Placed[];
  /** The baseline's values, where differences from it are shown, and the columns that show them. */
  base: Fields | null;
  isBaseline: boolean;
  differs: Differs;
  now: number;
}

/** So many branches and tags are named on a row; the tooltip has them all. */
const REFS = 2;

export function CommitRow(props: CommitProps) {
  const { row, experiments, holder, columns, base, isBaseline, differs, now, index, top, domId, active, acts } = props;
  const { key, group, open } = row;
  const { sha, title, author, time, refs = [], hidden } = group.commit;
  const fields = fieldsOf(holder);
  const empty = group.experiments.length === 0;
  const committed = Date.parse(time);
  const when = ago(now - committed);
  return (
    <div
      id={domId}
      class={`ls-row ls-co${active ? " ls-active" : ""}${hidden ? " ls-was-hidden" : ""}`}
      role="row"
      aria-level={2}
      aria-rowindex={index + 2}
      {...(!empty && { "aria-expanded": open })}
      style={{ transform: `translateY(${top}px)` }}
      onPointerDown={() => acts.activate(index)}
    >
      <div class="ls-cell ls-name" role="gridcell" aria-colindex={1}>
        <span class="ls-ck-space" />
        <span class={railOf(row)} />
        {empty ? (
          <span class="ls-tw-space" />
        ) : (
          <Twist open={open} title={`${shortSha(sha)} ${title}`} onClick={(event) => acts.group(key, event.shiftKey)} />
        )}
        <span class="ls-mono" title={sha}>
          {shortSha(sha)}
        </span>
        <span class="ls-cut" title={title}>
          {title}
        </span>
        {refs.slice(0, REFS).map((name) => (
          <span key={name} class="ls-tag ls-ref" title={refs.join(", ")}>
            {name}
          </span>
        ))}
        {isBaseline && <BaselineTag />}
        {!open && !empty && (
          <>
            <span class="ls-n">{formatCount(experiments.length)}</span>
            <Rollup experiments={experiments} now={now} />
          </>
        )}
        {fields.size > 0 && <CompareWith commit={group.commit} isBaseline={isBaseline} acts={acts} />}
      </div>
      <div class="ls-cell ls-status ls-dim" role="gridcell" aria-colindex={2} title={dateTime(committed)}>
        <span class="ls-cut" title={author}>
          {author}
        </span>
        <span class="ls-when">{author ? ` · ${when}` : when}</span>
      </div>
      {fields.size > 0 &&
        columns.map((placed) => (
          <Cell
            key={placed.column.field.key}
            placed={placed}
            value={fields.get(placed.column.field)}
            base={base?.get(placed.column.field) ?? null}
            differs={differs}
            yardstick={undefined}
            current={false}
          />
        ))}
    </div>
  );
}

/** A commit has no menu: this is all that can be done with one. */
function CompareWith({ commit, isBaseline, acts }: { commit: Commit; isBaseline: boolean; acts: RowActs }) {
  const does = isBaseline ? "Compare with nothing" : `Set ${shortSha(commit.sha)} as baseline`;
  return (
    <button
      type="button"
      class="ls-more"
      aria-label={does}
      title={`${does} (B)`}
      tabIndex={-1}
      onClick={() => acts.baseline(baselineId(commit))}
    >
      <Icon name="flag" small />
    </button>
  );
}

function railOf({ first, last, open, group }: CommitProps["row"]): string {
  const ends = last && !(open && group.experiments.length > 0);
  return ["ls-rail ls-node", first ? "ls-first" : "", ends ? "ls-end" : ""].filter(Boolean).join(" ");
}

interface TwistProps {
  open: boolean;
  title: string;
  onClick(event: MouseEvent): void;
}

/** With Shift, every group. */
export function Twist({ open, title, onClick }: TwistProps) {
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
