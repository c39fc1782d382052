// The selected experiments beside each other: what came out, and what was set differently.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { MARK_WORDS, markOf, type Yardstick } from "../arrange/marks.ts";
import { difference } from "../arrange/values.ts";
import type { Experiment, Value } from "../contract.ts";
import { copyText } from "../copy.ts";
import { formatCount, formatDifference } from "../format.ts";
import { Icon } from "../icons.tsx";
import { Menu, MenuItem } from "../menu.tsx";
import { hueOf } from "../palette.ts";
import { Switch } from "../plots/switch.tsx";
import type { Shared } from "../shared.ts";
import { statusView } from "../status.ts";
import { textOf } from "../table/cell.tsx";
import { Changing } from "./changing.tsx";
import { byFile, compareSides, equal, type Line } from "./sides.ts";
import { type Form, written } from "./tables.ts";

type Order = "differences first" | "by file";
const ORDERS: readonly Order[] = ["differences first", "by file"];
type Shown = "value" | "difference";
const SHOWN: readonly Shown[] = ["value", "difference"];
const SAME_NAMED = 6;

export function Compare(shared: Shared) {
  const { model, transport } = shared;
  const { selection, arrangement: how } = model.view;
  const [shown, show] = useState<Shown>("value");
  const [order, setOrder] = useState<Order>("differences first");
  const [open, setOpen] = useState(false);
  const found = [...selection.keys()].map((id) => transport.state.experiments.get(id));
  const experiments = withReference(
    found.filter((one) => one !== undefined),
    how.baseline,
  );
  if (experiments.length === 0) {
    return (
      <section class="ls-pane" aria-label="Compare">
        <p class="ls-hint">Tick rows to compare them.</p>
      </section>
    );
  }
  const comparison = compareSides(experiments, model.known);
  const { results, different, same } = comparison;
  const common = { experiments, shared, differ: shown === "difference" };
  return (
    <section class="ls-pane ls-compare" aria-label="Compare">
      <div class="ls-phead">
        <b class="ls-pane-title">Compare</b>
        <Switch<Order> label="" legend="Order" options={ORDERS} value={order} choose={setOrder} />
        <Switch<Shown> label="" legend="Shown" options={SHOWN} value={shown} choose={(next) => show(next)} />
        <span class="ls-grow" />
        <span class="ls-dim ls-small ls-phead-hint">Filled cells differ from the reference</span>
        <CopyAs
          experiments={experiments}
          text={(form) => written(form, namesOf(experiments), comparison)}
          shared={shared}
        />
      </div>
      <section
        class="ls-sides"
        style={{ "--n": String(experiments.length) }}
        aria-label="Experiments side by side"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        tabIndex={0}
      >
        <table>
          <Heads {...common} />
          {order === "by file" ? (
            byFile(comparison, model.known).map(({ key, label, lines }) => (
              <Group key={key} title={label} lines={lines} {...common} />
            ))
          ) : (
            <>
              <Group title="Results" lines={results} {...common} />
              <Group title="Different settings" lines={different} {...common} />
              {same.length > 0 && (
                <Group
                  title={`Same in all ${experiments.length}`}
                  lines={open ? same : []}
                  count={same.length}
                  twist={
                    <button
                      type="button"
                      class={open ? "ls-tw ls-tw-open" : "ls-tw"}
                      aria-expanded={open}
                      aria-label={`${open ? "Close" : "Open"} settings that are the same`}
                      onClick={() => setOpen(!open)}
                    >
                      <Icon name="chev" />
                    </button>
                  }
                  named={open ? "" : namedOf(same)}
                  {...common}
                />
              )}
            </>
          )}
        </table>
      </section>
    </section>
  );
}

const namesOf = (experiments: readonly Experiment[]): string[] => experiments.map(({ name }) => name);

const namedOf = (lines: readonly Line[]): string =>
  lines
    .slice(0, SAME_NAMED)
    .map(({ column }) => column.prefix + column.name)
    .join(", ") + (lines.length > SAME_NAMED ? ", …" : "");

/** The baseline first, where it is among those selected: the first column is what the others are compared with. */
function withReference(experiments: readonly Experiment[], baseline: string | null): readonly Experiment[] {
  const reference = experiments.find(({ id }) => id === baseline);
  return reference ? [reference, ...experiments.filter((one) => one !== reference)] : experiments;
}

interface Common {
  experiments: readonly Experiment[];
  shared: Shared;
  differ: boolean;
}

function Heads({ experiments, shared: { model, now } }: Common) {
  return (
    <thead>
      <tr>
        <th scope="col" class="ls-side-name">
          <span class="ls-dim ls-small">Reference</span>
          <span class="ls-cut ls-reference" title={experiments[0]?.name}>
            {experiments[0]?.name}
          </span>
        </th>
        {experiments.map((experiment) => {
          const { glyph, word, short } = statusView(experiment, now);
          const slot = model.view.selection.get(experiment.id) ?? 0;
          return (
            <th key={experiment.id} scope="col">
              <span class="ls-side-head" title={experiment.name}>
                <i class="ls-key-box" style={{ background: `var(--ls-c${hueOf(slot)})` }} />
                <b class="ls-cut">{experiment.name}</b>
              </span>
              <span class={`ls-st ls-st-${glyph}`} title={`${word} ${short}`}>
                <Icon name={glyph} small />
                <span class="ls-st-word">{word}</span>
                {experiment.status !== "completed" && <span class="ls-dim ls-cut">{short}</span>}
              </span>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

interface GroupProps extends Common {
  title: string;
  lines: readonly Line[];
  count?: number;
  twist?: ComponentChildren;
  /** What a closed group holds. */
  named?: string;
}

function Group({ title, lines, count = lines.length, twist, named, ...common }: GroupProps) {
  if (count === 0) return null;
  return (
    <tbody>
      <tr class="ls-side-group">
        <th scope="rowgroup" colSpan={common.experiments.length + 1}>
          <span>
            {twist}
            <b>{title}</b>
            <span class="ls-n">{formatCount(count)}</span>
            {named && (
              <span class="ls-dim ls-cut" title={named}>
                {named}
              </span>
            )}
          </span>
        </th>
      </tr>
      {lines.map((line) => (
        <tr key={line.key}>
          <th scope="row" class="ls-side-name" title={line.column.prefix + line.column.name}>
            <span class="ls-cut">
              <span class="ls-prefix">{line.column.prefix}</span>
              {line.column.name}
              {line.beside && <span class="ls-dim"> {line.beside}</span>}
            </span>
          </th>
          {line.values.map((value, at) => (
            <Side key={common.experiments[at]?.id} line={line} at={at} value={value} {...common} />
          ))}
        </tr>
      ))}
    </tbody>
  );
}

interface SideProps extends Common {
  line: Line;
  at: number;
  value: Value | undefined;
}

function Side({ line, at, value, differ, shared, experiments }: SideProps) {
  const { column, values } = line;
  const [reference] = values;
  const settings = column.field.kind === "param";
  const yardstick = shared.model.yardsticks.get(column.field.key);
  const among: Yardstick | undefined = yardstick && {
    ...yardstick,
    best: bestAmong(yardstick, values),
    base: reference,
  };
  const mark = among ? markOf(value, among) : null;
  const far = differ && at > 0 && !settings ? difference(value, reference) : null;
  const differs = settings && at > 0 && !equal(value, reference);
  const classes = [differs && "ls-differs", settings && at > 0 && !differs && "ls-dim", mark && `ls-m-${mark}`];
  return (
    <td class={classes.filter(Boolean).join(" ")} title={typeof value === "number" ? String(value) : undefined}>
      <Changing value={value} run={experiments[at]?.id ?? ""} fresh={shared.transport.connection.kind !== "lost"} />
      <span class="ls-side-text">{far === null ? textOf(column, value) : formatDifference(far, column.precision)}</span>
      {mark && (
        <span class="ls-goal">
          <Icon name={mark} />
          <span class="ls-vh">{MARK_WORDS[mark]}</span>
        </span>
      )}
    </td>
  );
}

/** The best of those beside each other, not of the whole table. */
function bestAmong({ goal }: Yardstick, values: readonly (Value | undefined)[]): number | null {
  const numbers = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  if (numbers.length === 0) return null;
  return goal === "higher" ? Math.max(...numbers) : Math.min(...numbers);
}

const FORMS: readonly (readonly [Form, string])[] = [
  ["markdown", "Markdown"],
  ["latex", "LaTeX"],
  ["csv", "CSV"],
];

interface CopyProps {
  experiments: readonly Experiment[];
  text(form: Form): string;
  shared: Shared;
}

function CopyAs({ text, shared }: CopyProps) {
  const [opener, open] = useState<HTMLElement | null>(null);
  const close = (back: boolean) => {
    if (back) opener?.focus({ preventScroll: true });
    open(null);
  };
  const copy = async (form: Form, word: string) => {
    close(true);
    const copied = await copyText(text(form));
    shared.acts.say(copied ? `Copied as ${word}` : "The browser does not let this page copy.");
  };
  return (
    <span class="ls-holder ls-pane-menu">
      <button
        type="button"
        class="ls-icon-b"
        title="Copy this comparison"
        aria-label="Copy this comparison"
        aria-haspopup="menu"
        aria-expanded={opener !== null}
        onClick={(event) => open(opener ? null : event.currentTarget)}
      >
        <Icon name="copy" />
      </button>
      {opener && (
        <Menu label="Copy this comparison" opener={opener} close={close}>
          {FORMS.map(([form, word]) => (
            <MenuItem key={form} icon="copy" word={`Copy as ${word}`} act={() => void copy(form, word)} />
          ))}
        </Menu>
      )}
    </span>
  );
}
