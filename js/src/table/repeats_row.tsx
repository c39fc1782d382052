// The row of several runs that are one experiment again and again: the mean of each metric, and how far they lie apart.

import type { Experiment, Value } from "../contract.ts";
import { fieldsOf } from "../flat.ts";
import { formatCount, formatNumber, formatParam, toNumber } from "../format.ts";
import { Icon } from "../icons.tsx";
import { hueOf, type Selection } from "../palette.ts";
import { slotOf } from "../repeats/repeats.ts";
import { type BandKind, spreadOf, spreadText } from "../repeats/spread.ts";
import type { Row } from "../sections.ts";
import { type Glyph, statusView } from "../status.ts";
import type { RowActs } from "./experiment_row.tsx";
import { Twist } from "./group_rows.tsx";
import type { Placed } from "./rows.ts";

interface Props {
  row: Extract<Row, { kind: "repeats" }>;
  experiments: readonly Experiment[];
  selection: Selection;
  over: readonly string[];
  band: BandKind;
  columns: readonly Placed[];
  now: number;
  index: number;
  top: number;
  domId: string;
  active: boolean;
  acts: RowActs;
}

export function RepeatsRow(props: Props) {
  const { row, experiments, selection, columns, band, index, top, domId, active, acts } = props;
  const { key, repeats, open, rail } = row;
  const chosen = repeats.ids.filter((id) => selection.has(id)).length;
  const slot = slotOf(repeats, selection);
  const all = chosen === repeats.ids.length;
  const colour = slot === undefined ? undefined : { "--c": `var(--ls-c${hueOf(slot)})` };
  const names = experiments.map(({ name }) => name).join(", ");
  return (
    <div
      id={domId}
      class={["ls-row ls-x ls-repeats", all && "ls-sel", active && "ls-active"].filter(Boolean).join(" ")}
      role="row"
      aria-level={rail === "none" ? 2 : 3}
      aria-rowindex={index + 2}
      aria-expanded={open}
      aria-selected={all}
      style={{ transform: `translateY(${top}px)`, ...colour }}
      onMouseEnter={() => slot !== undefined && acts.enter(repeats.ids[0] ?? "")}
      onMouseLeave={acts.leave}
      onPointerDown={() => acts.activate(index)}
    >
      <div class="ls-cell ls-name" role="gridcell" aria-colindex={1}>
        <button
          type="button"
          class="ls-ck"
          role="checkbox"
          aria-checked={all ? true : chosen > 0 ? "mixed" : false}
          aria-label={`Plot the mean of ${repeats.name}`}
          tabIndex={-1}
          onClick={() => acts.toggleAll(repeats.ids)}
        >
          <Icon name="check" />
        </button>
        {rail !== "none" && <span class={rail === "end" ? "ls-rail ls-leaf ls-end" : "ls-rail ls-leaf"} />}
        <Twist open={open} title={repeats.name} onClick={() => acts.group(key, false)} />
        <span class="ls-cut" title={names}>
          {repeats.name}
        </span>
        <span class="ls-n" title={`The mean of ${names}`}>
          {formatCount(experiments.length)}
        </span>
      </div>
      <Statuses {...props} />
      {columns.map((placed) => (
        <SpreadCell
          key={placed.column.field.key}
          placed={placed}
          values={experiments.map((one) => fieldsOf(one).get(placed.column.field))}
          band={band}
        />
      ))}
    </div>
  );
}

/** How many are how: `2 Running · 1 Failed`. One word where all are the same. */
function Statuses({ experiments, over, now }: Props) {
  const words = new Map<string, { glyph: Glyph; count: number }>();
  for (const experiment of experiments) {
    const { glyph, word } = statusView(experiment, now);
    words.set(word, { glyph, count: (words.get(word)?.count ?? 0) + 1 });
  }
  const seeds = over.join(", ");
  return (
    <div class="ls-cell ls-status" role="gridcell" aria-colindex={2} title={`Equal but for ${seeds}`}>
      {[...words].map(([word, { glyph, count }]) => (
        <span key={word} class={`ls-st ls-st-${glyph}`}>
          <Icon name={glyph} />
          <span class="ls-st-word">{count === experiments.length ? word : formatCount(count)}</span>
          {count < experiments.length && <span class="ls-vh">{word}</span>}
        </span>
      ))}
      <span class="ls-st-detail ls-cut">over {seeds}</span>
    </div>
  );
}

function SpreadCell({
  placed,
  values,
  band,
}: {
  placed: Placed;
  values: readonly (Value | undefined)[];
  band: BandKind;
}) {
  const { column, index, pinned } = placed;
  const left = pinned ? `${placed.left}px` : `calc(var(--ls-lead) + ${placed.left}px)`;
  const classes = ["ls-cell ls-col", column.numeric && "ls-num", placed.starts && "ls-starts"]
    .filter(Boolean)
    .join(" ");
  const said = column.field.kind === "metric" && column.numeric ? meanOf(placed, values, band) : commonOf(values);
  return (
    <div
      class={classes}
      role="gridcell"
      aria-colindex={index + 3}
      style={{ left, width: `${column.width}px` }}
      title={said.title}
    >
      {said.text}
      {said.spread && <span class="ls-spread"> {said.spread}</span>}
    </div>
  );
}

interface Said {
  text: string;
  spread: string;
  title: string;
}

function meanOf({ column }: Placed, values: readonly (Value | undefined)[], band: BandKind): Said {
  const numbers = values.map(toNumber).filter((number) => number !== null);
  const found = spreadOf(numbers, band);
  const title = values.map(formatParam).join(", ");
  if (!found) return { text: numbers.length > 0 ? "NaN" : "–", spread: "", title };
  const precision = { ...column.precision, integer: column.precision.integer && Number.isInteger(found.mean) };
  const short = found.n < values.length ? ` (${found.n})` : "";
  return { text: formatNumber(found.mean, precision), spread: spreadText(found, band, precision) + short, title };
}

/** What all of them say, or that they do not. */
function commonOf(values: readonly (Value | undefined)[]): Said {
  const texts = [...new Set(values.map(formatParam))];
  const [first = ""] = texts;
  const title = texts.join(", ");
  return { text: texts.length === 1 ? first : title, spread: "", title };
}
