// One chart in its card: it knows when it is seen, when there is something new to fetch, and draws in its turn.

import { Component, createRef } from "preact";
import type { SeriesAnswer } from "../contract.ts";
import type { Precision } from "../format.ts";
import type { Front } from "../front.ts";
import type { Selection } from "../palette.ts";
import { onThemeChange, type Palette, paletteOf } from "../theme.ts";
import type { Transport } from "../transport/transport.ts";
import type { XAxis, YScale } from "../view.ts";
import { Chart, type PlotlyModule, valueOfPixel } from "./chart.ts";
import { type ChartSpec, prefixOf } from "./charts.ts";
import type { Hover } from "./hover.ts";
import { endingOf, type Line, lineOf } from "./lines.ts";
import { drawInTurn, forgetDrawing, type Pace, Refresher } from "./pace.ts";
import { Readout } from "./readout.tsx";
import type { Range } from "./ticks.ts";

interface Props {
  spec: ChartSpec;
  transport: Transport;
  selection: Selection;
  muted: ReadonlySet<string>;
  x: XAxis;
  y: YScale;
  precision: Precision;
  pace: Pace;
  front: Front;
  hover: Hover;
}

const HEIGHT = 176;
const SEEN_MARGIN = "100px";

interface CardState {
  width: number;
  /** Why nothing can be drawn, in a sentence. */
  problem: string | null;
}

export class Card extends Component<Props, CardState> {
  override state: CardState = { width: 0, problem: null };
  private readonly box = createRef<HTMLDivElement>();
  private readonly plot = createRef<HTMLDivElement>();
  private readonly refresher = new Refresher(
    () => this.fetch(),
    () => this.props.pace.period,
  );
  private readonly owner = new AbortController();
  private chart: Chart | null = null;
  private palette: Palette | null = null;
  private answer: SeriesAnswer | null = null;
  private lines: Line[] = [];
  private fetched = "";
  private seen = false;
  private zoom: Range | null = null;

  override componentDidMount(): void {
    const box = this.box.current as HTMLDivElement;
    const sizes = new ResizeObserver(([entry]) => this.resize(Math.floor(entry?.contentRect.width ?? 0)));
    sizes.observe(this.plot.current as HTMLDivElement);
    const sight = new IntersectionObserver(([entry]) => this.see(entry?.isIntersecting ?? false), {
      rootMargin: SEEN_MARGIN,
    });
    sight.observe(box);
    const forgetTheme = onThemeChange(() => this.retheme());
    const forgetFront = this.props.front.subscribe(() => this.bringToFront());
    document.addEventListener("visibilitychange", () => this.update(), { signal: this.owner.signal });
    this.owner.signal.addEventListener("abort", () => {
      sizes.disconnect();
      sight.disconnect();
      forgetTheme();
      forgetFront();
    });
  }

  override componentDidUpdate(before: Props): void {
    if (before.x !== this.props.x) this.zoom = null;
    this.update();
    const { muted, y, selection } = this.props;
    if (before.muted !== muted || before.y !== y || before.selection !== selection || endsChanged(before, this.props))
      this.redraw();
  }

  override componentWillUnmount(): void {
    this.owner.abort();
    this.refresher.stop();
    forgetDrawing(this);
    this.props.pace.see(this, false);
    this.chart?.destroy();
  }

  override render({ spec, hover, x, y, precision }: Props) {
    const prefix = prefixOf(spec.metric);
    const name = spec.metric.slice(prefix.length);
    const label = `${spec.metric} by ${x}${y === "log" ? ", log scale" : ""}, ${spec.experiments.length} experiments`;
    return (
      <section class="ls-card" ref={this.box} aria-label={spec.metric}>
        <header title={spec.metric}>
          <span class="ls-cut">
            <span class="ls-dim">{prefix}</span>
            <b>{name}</b>
          </span>
          {y === "log" && <span class="ls-dim ls-small">log</span>}
        </header>
        <div class="ls-plot-box" onPointerMove={this.point} onPointerLeave={() => hover.set(null)}>
          <div class="ls-plot" ref={this.plot} role="img" aria-label={label} />
          {this.state.problem && <p class="ls-hint">{this.state.problem}</p>}
          <Readout
            hover={hover}
            metric={spec.metric}
            axis={x}
            width={this.state.width}
            precision={precision}
            drawn={this.drawn}
          />
        </div>
      </section>
    );
  }

  private readonly drawn = () => (this.chart?.figure ? { figure: this.chart.figure, lines: this.lines } : null);

  private readonly point = (event: PointerEvent): void => {
    const figure = this.chart?.figure;
    if (!figure) return;
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const x = valueOfPixel(event.clientX - left, figure.x, this.state.width);
    this.props.hover.set({ x, metric: this.props.spec.metric });
  };

  private resize(width: number): void {
    if (width === 0 || width === this.state.width) return;
    this.setState({ width });
    this.update();
    this.redraw();
  }

  private see(seen: boolean): void {
    this.seen = seen;
    this.props.pace.see(this, seen);
    this.update();
    // What changed while it was out of sight was not drawn.
    if (seen) this.redraw();
  }

  /** Asks for a fetch when what is on screen is not what there is. */
  private update(): void {
    // A fetch may end after the card has gone, and over the comm it may end without the answer.
    if (this.owner.signal.aborted) return;
    const lost = this.props.transport.connection.kind === "lost";
    const idle = lost || !this.seen || this.state.width === 0 || document.visibilityState !== "visible";
    if (!idle && this.wanted() !== this.fetched) this.refresher.want();
  }

  /** What an answer must belong to. Width counts in steps: a few pixels need no new points. */
  private wanted(): string {
    const { spec, x } = this.props;
    return JSON.stringify([spec.signature, x, Math.round(this.state.width / 80), this.zoom]);
  }

  private async fetch(): Promise<void> {
    const { spec, transport, x } = this.props;
    const wanted = this.wanted();
    const from = this.zoom && x !== "relative" ? { x, from: this.zoom[0], to: this.zoom[1] } : null;
    this.answer = await transport.series({
      metric: spec.metric,
      experiments: spec.experiments.map(({ id }) => id),
      points: this.state.width,
      time: x !== "step",
      zoom: from,
    });
    this.fetched = this.arrived() ? wanted : "";
    this.redraw();
    this.update();
  }

  /** A kernel may have sent an older answer; then it is asked again, in its time. */
  private arrived(): boolean {
    const { spec, transport } = this.props;
    if (transport.connection.kind !== "kernel") return true;
    const answered = new Set(this.answer?.series.map(({ experiment }) => experiment));
    return spec.experiments.every(({ id }) => answered.has(id));
  }

  private redraw(): void {
    if (this.answer && this.state.width > 0 && !this.owner.signal.aborted) drawInTurn(this, () => void this.draw());
  }

  private async draw(): Promise<void> {
    const el = this.plot.current;
    if (!el || !this.answer) return;
    if (!(await this.ready(el)) || !this.chart) return;
    this.palette ??= paletteOf(el);
    const { x, y } = this.props;
    this.lines = this.linesNow(this.answer);
    const { width } = this.state;
    await this.chart.draw(this.lines, {
      axes: { x, y },
      palette: this.palette,
      width,
      height: HEIGHT,
      zoom: this.zoom,
    });
  }

  private async ready(el: HTMLElement): Promise<boolean> {
    try {
      const plotly = await plotlyOf(this.props.transport);
      this.chart ??= new Chart(el, plotly, this.setZoom);
      if (this.state.problem) this.setState({ problem: null });
    } catch {
      this.setState({ problem: "The charts could not be loaded. Reload the page." });
    }
    return !this.owner.signal.aborted;
  }

  private linesNow({ series }: SeriesAnswer): Line[] {
    const { transport, selection, muted, x, y } = this.props;
    const now = transport.now();
    const lines: Line[] = [];
    for (const one of series) {
      const experiment = transport.state.experiments.get(one.experiment);
      const slot = selection.get(one.experiment);
      if (!experiment || slot === undefined || muted.has(one.experiment)) continue;
      lines.push(lineOf(one, experiment, slot, { x, y }, now));
    }
    return lines;
  }

  private readonly setZoom = (zoom: Range | null): void => {
    this.zoom = zoom;
    this.redraw();
    this.update();
  };

  private retheme(): void {
    this.palette = null;
    this.redraw();
  }

  private bringToFront(): void {
    const { front, selection } = this.props;
    this.chart?.bringToFront(front.id === null ? null : (selection.get(front.id) ?? null));
  }
}

let plotly: Promise<PlotlyModule> | null = null;

/** Plotly, fetched once per page; a failed try may be repeated. */
function plotlyOf(transport: Transport): Promise<PlotlyModule> {
  plotly ??= transport.load(PLOTLY).then(
    (module) => (module as { default: PlotlyModule }).default,
    (error) => {
      plotly = null;
      throw error;
    },
  );
  return plotly;
}

/** A run that ended or fell silent gets another mark although no point came. */
function endsChanged(before: Props, after: Props): boolean {
  return ends(before) !== ends(after);
}

const ends = ({ spec, transport }: Props): string =>
  spec.experiments.map((experiment) => endingOf(experiment, transport.now())).join();
