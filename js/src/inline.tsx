// The small live view of one run: its name, how it is doing, its newest numbers and one or two charts.

import { useMemo, useState } from "preact/hooks";
import { growColumns } from "./columns.ts";
import type { Experiment } from "./contract.ts";
import { Dashboard } from "./dashboard.tsx";
import { fieldsOf } from "./flat.ts";
import { formatCount, formatMetric, type Precision } from "./format.ts";
import { Front } from "./front.ts";
import { useTick, useTransport } from "./hooks.ts";
import { Card } from "./plots/card.tsx";
import { type ChartSpec, chartsOf, prefixOf } from "./plots/charts.ts";
import { Hover } from "./plots/hover.ts";
import { type Options, usual } from "./plots/options.ts";
import { Pace } from "./plots/pace.ts";
import { chooseProject, experimentsOf } from "./sections.ts";
import { statusTitle, statusView } from "./status.ts";
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
  if (whole) return <Dashboard transport={transport} project={project} page={false} bookmark={null} />;
  const run = runOf(transport, project, metrics);
  return (
    <section class="ls ls-inline" aria-label={run ? `Live plot of ${run.name}` : "Live plot"}>
      {run ? (
        <Run transport={transport} run={run} metrics={metrics} />
      ) : (
        transport.state.complete && <p class="ls-hint">{waitingFor(metrics)}</p>
      )}
      <footer class="ls-foot">
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

function Run({ transport, run, metrics }: { transport: Transport; run: Experiment; metrics: readonly string[] }) {
  const [options, change] = useState<Options>(usual);
  const acts = useMemo(() => ({ plot: (step: (before: Options) => Options) => change(step) }), []);
  const [pace, hover, front] = useMemo(() => [new Pace(), new Hover(), new Front()] as const, []);
  const selection = useMemo(() => new Map([[run.id, 0]]), [run.id]);
  const all = chartsOf([run]);
  const wanted = all.filter(({ metric }) => metrics.length === 0 || metrics.includes(metric));
  const charts = metrics.length === 0 ? wanted.slice(0, CHARTS) : wanted;
  const status = statusView(run, transport.now());
  const more = all.length - charts.length;
  return (
    <>
      <header class="ls-inline-head">
        <b class="ls-cut">{run.name}</b>
        <span class="ls-inline-status" title={statusTitle(run, status)}>
          <Glyph name={status.glyph} /> {status.word} <span class="ls-dim">{status.detail}</span>
        </span>
        <span class="ls-grow" />
        {charts.slice(0, NUMBERS).map((spec) => (
          <Newest key={spec.metric} spec={spec} run={run} />
        ))}
        {run.step !== null && (
          <span class="ls-big">
            <span class="ls-dim">step</span>
            <b>{formatCount(run.step)}</b>
          </span>
        )}
      </header>
      <div class="ls-grid">
        {charts.map((spec) => (
          <Card
            key={spec.metric}
            spec={spec}
            transport={transport}
            selection={selection}
            options={options}
            precision={PLAIN}
            pace={pace}
            front={front}
            hover={hover}
            acts={acts}
            all={[]}
            height={HEIGHT}
          />
        ))}
      </div>
      {more > 0 && (
        <p class="ls-hint ls-inline-more">+ {more === 1 ? "1 more metric" : `${formatCount(more)} more metrics`}</p>
      )}
    </>
  );
}

/** The newest value, as the table writes it. */
function Newest({ spec: { metric }, run }: { spec: ChartSpec; run: Experiment }) {
  const column = growColumns([], [run], measureText).find(
    ({ field, prefix, name }) => field.kind === "metric" && prefix + name === metric,
  );
  if (!column) return null;
  const prefix = prefixOf(metric);
  return (
    <span class="ls-big">
      <span>
        <span class="ls-dim">{prefix}</span>
        {metric.slice(prefix.length)}
      </span>
      <b>{formatMetric(fieldsOf(run).get(column.field), column.precision)}</b>
    </span>
  );
}
