// The small live view of one run: its name, how it is doing, its newest numbers and one or two charts.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Column, growColumns } from "./columns.ts";
import type { Experiment, Value } from "./contract.ts";
import { Dashboard } from "./dashboard.tsx";
import { fieldsOf } from "./flat.ts";
import { formatCount, formatMetric, type Precision, toNumber } from "./format.ts";
import { Front } from "./front.ts";
import { directionOf, highlight } from "./highlight.ts";
import { useTick, useTransport } from "./hooks.ts";
import { Card } from "./plots/card.tsx";
import { type ChartSpec, chartsOf, prefixOf } from "./plots/charts.ts";
import { Hover } from "./plots/hover.ts";
import { type Options, usual } from "./plots/options.ts";
import { Pace } from "./plots/pace.ts";
import { chooseProject, experimentsOf } from "./sections.ts";
import { progress, statusTitle, statusView } from "./status.ts";
import { measureText } from "./table/measure.ts";
import { Glyph } from "./table/status_cell.tsx";
import { ConnectionState } from "./toolbar/connection.tsx";
import type { Transport } from "./transport/transport.ts";

interface Props {
  transport: Transport;
  project: string;
  /** What somebody asked to see; empty for the first of the run. */
  metrics: readonly string[];
}

const CHARTS = 2;
const NUMBERS = 3;
const SECOND = 1000;
const HEIGHT = 176;
const PLAIN: Precision = { integer: false, decimals: 4 };

export function Inline({ transport, project, metrics }: Props) {
  useTransport(transport);
  useTick(SECOND);
  const [whole, open] = useState(false);
  if (whole) return <Dashboard transport={transport} project={project} page={false} bookmark={null} kernel={null} />;
  const run = runOf(transport, project, metrics);
  return (
    <section class="ls ls-inline" aria-label={run ? `Live plot of ${run.name}` : "Live plot"}>
      {run ? (
        <Run transport={transport} run={run} metrics={metrics} />
      ) : (
        transport.state.complete && <p class="ls-hint">{waitingFor(metrics)}</p>
      )}
      <footer class="ls-foot">
        {run && <More run={run} metrics={metrics} />}
        <button type="button" class="ls-b ls-link" onClick={() => open(true)}>
          Open dashboard
        </button>
        <span class="ls-grow" />
        <ConnectionState connection={transport.connection} />
      </footer>
    </section>
  );
}

const waitingFor = (metrics: readonly string[]): string =>
  metrics.length === 0
    ? "No experiments yet. The chart appears with the first value."
    : `Nobody has logged ${metrics.join(" or ")} yet. The chart appears with the first value.`;

/** The run that is talked about: the newest running one that logs what is wanted, else the newest. */
function runOf({ state }: Transport, wanted: string, metrics: readonly string[]): Experiment | null {
  const all = experimentsOf(state, chooseProject(state, wanted));
  const logging = all.filter((run) =>
    chartsOf([run]).some(({ metric }) => metrics.length === 0 || metrics.includes(metric)),
  );
  const running = logging.filter(({ status }) => status === "running");
  return (
    [...(running.length > 0 ? running : logging)].sort((a, b) => (a.started_at < b.started_at ? 1 : -1))[0] ?? null
  );
}

/** Those that somebody asked for; else the first of the run. */
function chartsIn(run: Experiment, metrics: readonly string[]): ChartSpec[] {
  const all = chartsOf([run]);
  return metrics.length === 0 ? all.slice(0, CHARTS) : all.filter(({ metric }) => metrics.includes(metric));
}

/** How many metrics of the run are not shown. */
function More({ run, metrics }: { run: Experiment; metrics: readonly string[] }) {
  const more = chartsOf([run]).length - chartsIn(run, metrics).length;
  if (more === 0) return null;
  return <span>{more === 1 ? "+ 1 more metric" : `+ ${formatCount(more)} more metrics`}</span>;
}

function Run({ transport, run, metrics }: { transport: Transport; run: Experiment; metrics: readonly string[] }) {
  const [options, change] = useState<Options>(usual);
  const acts = useMemo(() => ({ plot: (step: (before: Options) => Options) => change(step) }), []);
  const [pace, hover, front] = useMemo(() => [new Pace(), new Hover(), new Front()] as const, []);
  const selection = useMemo(() => new Map([[run.id, 0]]), [run.id]);
  const charts = chartsIn(run, metrics);
  const status = statusView(run, transport.now());
  // They only grow, so that no digit is lost from one value to the next.
  const columns = useRef<readonly Column[]>([]);
  columns.current = growColumns(columns.current, [run], measureText);
  return (
    <>
      <header class="ls-inline-head">
        <b class="ls-cut">{run.name}</b>
        <span class="ls-inline-status" title={statusTitle(run, status)}>
          <Glyph name={status.glyph} /> {status.word} <span class="ls-dim">{status.detail}</span>
        </span>
        <span class="ls-grow" />
        {charts.slice(0, run.step === null ? NUMBERS : NUMBERS - 1).map(({ metric }) => (
          <Newest key={metric} metric={metric} run={run} columns={columns.current} />
        ))}
        {run.step !== null && (
          <span class="ls-big">
            <span class="ls-dim">step</span>
            <span>
              <b>{formatCount(run.step)}</b>
              {run.total_steps !== null && <span class="ls-dim"> of {formatCount(run.total_steps)}</span>}
            </span>
          </span>
        )}
      </header>
      <Progress run={run} />
      <div class="ls-grid">
        {charts.map((spec) => (
          <Card
            key={spec.metric}
            spec={spec}
            transport={transport}
            selection={selection}
            options={options}
            precision={columnOf(columns.current, spec.metric)?.precision ?? PLAIN}
            pace={pace}
            front={front}
            hover={hover}
            acts={acts}
            all={[]}
            height={HEIGHT}
          />
        ))}
      </div>
    </>
  );
}

/** A thin line below the head: how far the run is, where it has said how long it will be. */
function Progress({ run }: { run: Experiment }) {
  const done = progress(run);
  if (done === null) return null;
  const percent = Math.floor(done * 100);
  return (
    <div
      class="ls-inline-progress"
      role="progressbar"
      aria-label={`Progress of ${run.name}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <i style={{ transform: `scaleX(${done})` }} />
    </div>
  );
}

/** The newest value, as the table writes it, and marked as there when it changes. */
function Newest({ metric, run, columns }: { metric: string; run: Experiment; columns: readonly Column[] }) {
  const ref = useRef<HTMLElement>(null);
  const before = useRef<Value | undefined>(undefined);
  const column = columnOf(columns, metric);
  const value = column && fieldsOf(run).get(column.field);
  useEffect(() => {
    const old = before.current;
    before.current = value;
    if (ref.current && old !== undefined && JSON.stringify(old) !== JSON.stringify(value))
      highlight(ref.current, directionOf(toNumber(old), toNumber(value)));
  }, [value]);
  if (!column) return null;
  const prefix = prefixOf(metric);
  return (
    <span class="ls-big">
      <span>
        <span class="ls-dim">{prefix}</span>
        {metric.slice(prefix.length)}
      </span>
      <b ref={ref} class="ls-newest">
        {formatMetric(value, column.precision)}
      </b>
    </span>
  );
}

const columnOf = (columns: readonly Column[], metric: string): Column | undefined =>
  columns.find(({ field, prefix, name }) => field.kind === "metric" && prefix + name === metric);
