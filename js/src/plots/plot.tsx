// One chart: it knows when it is seen, when there is something new to fetch, and draws in its turn.

import { Component, createRef } from "preact";
import type { SeriesAnswer, SeriesRequest } from "../contract.ts";
import type { Precision } from "../format.ts";
import type { Front } from "../front.ts";
import type { Selection } from "../palette.ts";
import { slotOf, type Together } from "../repeats/repeats.ts";
import { onThemeChange, type Palette, paletteOf } from "../theme.ts";
import type { Transport } from "../transport/transport.ts";
import { endingOfAll, lineOfGroup } from "./band.ts";
import { bundleOf } from "./bundle.ts";
import type { Chart } from "./chart.ts";
import type { ChartSpec } from "./charts.ts";
import type { Hover } from "./hover.ts";
import { type Axes, endingOf, type Line, lineOf } from "./lines.ts";
import { axisWord, type Options, scaleOf, type XAxis, type YScale } from "./options.ts";
import { drawInTurn, forgetDrawing, type Pace, Refresher } from "./pace.ts";
import { valueOfPixel } from "./pixels.ts";
import { Readout } from "./readout.tsx";
import { watch } from "./sight.ts";
import { Source, type Wanted } from "./source.ts";
import type { Range } from "./ticks.ts";

export interface Props {
  /** Filled with the plot, for its card: Preact hands a `ref` on as a plain property. */
  handle: { current: Plot | null };
  spec: ChartSpec;
  transport: Transport;
  selection: Selection;
  options: Options;
  precision: Precision;
  pace: Pace;
  front: Front;
  hover: Hover;
  /** Experiments that are drawn as one. */
  together?: Together;
}

/** What Plotly draws in time, over all lines; and of one line. */
const POINTS = { all: 10_000, most: 1000, least: 200 };
/** Ctrl and one notch of the wheel. */
const WHEEL = 1.25;
const UNLOADED = "The charts could not be loaded. Reload the page.";
const UNDRAWN = "This chart could not be drawn. It is tried again in a moment.";
const AGAIN_AFTER = 2000;
/** So often is fetched what has to come whole, while nothing but points is new. */
const DEAR = 1000;

interface PlotState {
  width: number;
  height: number;
  /** Why nothing can be drawn, in a sentence. */
  problem: string | null;
}

export class Plot extends Component<Props, PlotState> {
  override state: PlotState = { width: 0, height: 0, problem: null };
  private readonly plot = createRef<HTMLDivElement>();
  private readonly refresher = new Refresher(
    () => this.fetch(),
    () => (this.source.isDear(this.wanted()) ? Math.max(DEAR, this.props.pace.period) : this.props.pace.period),
  );
  private readonly owner = new AbortController();
  private readonly afterwards = new Set<(lines: readonly Line[]) => void>();
  private chart: Chart | null = null;
  private palette: Palette | null = null;
  private readonly source = new Source(this.props.transport);
  private lines: Line[] = [];
  private seen = false;
  private zoom: Range | null = null;

  override componentDidMount(): void {
    const el = this.plot.current as HTMLDivElement;
    this.props.handle.current = this;
    const { signal } = this.owner;
    watch(el, { resized: this.resize, seen: this.see, turned: this.update }, signal);
    signal.addEventListener(
      "abort",
      onThemeChange(() => this.retheme()),
    );
    signal.addEventListener(
      "abort",
      this.props.front.subscribe(() => this.bringToFront()),
    );
  }

  override componentDidUpdate(before: Props): void {
    const { options, selection } = this.props;
    if (before.options.x !== options.x) this.zoom = null;
    this.update();
    const restyled = before.options.muted !== options.muted || before.options.y !== options.y;
    const turned = before.options.turned !== options.turned;
    if (before.together !== this.props.together) this.redraw();
    if (restyled || turned || before.selection !== selection || endsChanged(before, this.props)) this.redraw();
  }

  override componentWillUnmount(): void {
    this.owner.abort();
    this.props.handle.current = null;
    this.refresher.stop();
    forgetDrawing(this);
    this.props.pace.see(this, false);
    this.chart?.destroy();
  }

  private get scale(): YScale {
    return scaleOf(this.props.options, this.props.spec.metric);
  }

  override render({ spec, hover, options: { x }, precision, together }: Props) {
    const log = this.scale === "log" ? ", log scale" : "";
    const label = `${spec.metric} by ${axisWord(x)}${log}, ${spec.experiments.length} experiments`;
    return (
      <div class="ls-plot-box" onPointerMove={this.point} onPointerLeave={() => hover.set(null)} onWheel={this.wheel}>
        <div class="ls-plot" ref={this.plot} role="img" aria-label={label} />
        {this.state.problem && <p class="ls-hint">{this.state.problem}</p>}
        <Readout
          hover={hover}
          metric={spec.metric}
          axis={x}
          width={this.state.width}
          precision={precision}
          drawn={this.drawn}
          band={together?.band ?? "std"}
        />
      </div>
    );
  }

  /** What is drawn now, for whoever shows it as a table or a file. */
  readonly drawn = () => (this.chart?.figure ? { figure: this.chart.figure, lines: this.lines } : null);

  /** Tells after each drawing; returns the way out. */
  readonly afterDrawing = (listener: (lines: readonly Line[]) => void): (() => void) => {
    this.afterwards.add(listener);
    return () => void this.afterwards.delete(listener);
  };

  get request(): Wanted["request"] {
    return this.wanted().request;
  }

  private readonly point = (event: PointerEvent): void => {
    const figure = this.chart?.figure;
    if (!figure) return;
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const x = valueOfPixel(event.clientX - left, figure.x, this.state.width);
    this.props.hover.set({ x, metric: this.props.spec.metric });
  };

  /** With Ctrl the wheel is the chart's, without it is the page's. */
  private readonly wheel = (event: WheelEvent): void => {
    const figure = this.chart?.figure;
    if (!event.ctrlKey || !figure) return;
    event.preventDefault();
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const at = valueOfPixel(event.clientX - left, figure.x, this.state.width);
    const factor = event.deltaY > 0 ? WHEEL : 1 / WHEEL;
    this.setZoom([at - (at - figure.x[0]) * factor, at + (figure.x[1] - at) * factor]);
  };

  private readonly resize = (width: number, height: number): void => {
    this.setState({ width, height });
    this.update();
    this.redraw();
  };

  private readonly see = (seen: boolean): void => {
    this.seen = seen;
    this.props.pace.see(this, seen);
    this.update();
    // What changed while it was out of sight was not drawn.
    if (seen) this.redraw();
  };

  /** Asks for a fetch when what is on screen is not what there is. */
  private readonly update = (): void => {
    // A fetch may end after the card has gone, and over the comm it may end without the answer.
    if (this.owner.signal.aborted) return;
    const lost = this.props.transport.connection.kind === "lost";
    const idle = lost || !this.seen || this.state.width === 0 || document.visibilityState !== "visible";
    if (!idle && !this.source.has(this.wanted())) this.refresher.want();
  };

  private wanted(): Wanted {
    const { spec, options } = this.props;
    const { experiments, ...grouped } = askedOf(this.props);
    const { x, smooth, smoothing } = options;
    // Widths count in steps: a few pixels need no new points.
    const room = 4 * 80 * Math.max(1, Math.round(this.state.width / 80));
    const drawn = experiments.length + (grouped.groups?.length ?? 0);
    const share = Math.max(POINTS.least, Math.floor(POINTS.all / Math.max(1, drawn)));
    const points = Math.min(room, share, POINTS.most);
    const { scale: y, zoom } = this;
    return {
      request: { metric: spec.metric, experiments, points, x, zoom, smooth, smoothing, log: y === "log", ...grouped },
      signature: spec.signature,
    };
  }

  private async fetch(): Promise<void> {
    await this.source.fetch(this.wanted());
    this.redraw();
    this.update();
  }

  private redraw(): void {
    if (this.source.answer && this.state.width > 0 && !this.owner.signal.aborted) drawInTurn(this, () => this.draw());
  }

  private draw(): void {
    const { chart } = this;
    if (!chart) void this.ready();
    else if (this.tryTo(() => this.drawInto(chart))) this.tell(null);
    else {
      // Whatever it was, the next drawing begins with an empty sheet.
      this.tryTo(() => chart.destroy());
      this.tell(UNDRAWN);
      setTimeout(() => this.redraw(), AGAIN_AFTER);
    }
  }

  private drawInto(chart: Chart): void {
    const el = this.plot.current;
    const { answer, request } = this.source;
    if (!el || !answer || !request) return;
    this.palette ??= paletteOf(el);
    const axes = { x: request.x as XAxis, y: this.scale };
    const lines = this.linesNow(answer, axes);
    const { width, height } = this.state;
    // Until the answer for a new axis is here, its zoom means nothing.
    const zoom = request.x === this.props.options.x ? this.zoom : null;
    chart.draw(lines, { axes, palette: this.palette, width, height, zoom });
    this.lines = lines;
    for (const tell of this.afterwards) tell(lines);
  }

  private tryTo(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      reportError(error);
      return false;
    }
  }

  private tell(problem: string | null): void {
    if (this.state.problem !== problem) this.setState({ problem });
  }

  /** Plotly comes with the first chart that is to be drawn. */
  private async ready(): Promise<void> {
    const bundle = await bundleOf(this.props.transport).catch(() => null);
    const el = this.plot.current;
    if (this.owner.signal.aborted || !el) return;
    this.tell(bundle ? null : UNLOADED);
    if (!bundle) return;
    this.chart ??= new bundle.Chart(el, bundle.default, this.setZoom);
    this.redraw();
  }

  private linesNow({ series, groups = [] }: SeriesAnswer, axes: Axes): Line[] {
    const { transport, selection, options, together } = this.props;
    const now = transport.now();
    const lines: Line[] = [];
    for (const one of series) {
      const experiment = transport.state.experiments.get(one.experiment);
      const slot = selection.get(one.experiment);
      if (!experiment || slot === undefined || options.muted.includes(one.experiment)) continue;
      lines.push(lineOf(one, experiment, slot, axes, now));
    }
    for (const group of groups) {
      const repeats = together?.repeats.find(({ ids }) => ids.includes(group.experiments[0] ?? ""));
      const slot = repeats && slotOf(repeats, selection);
      if (!repeats || slot === undefined || repeats.ids.every((id) => options.muted.includes(id))) continue;
      const members = repeats.ids.map((id) => transport.state.experiments.get(id)).filter((one) => one !== undefined);
      lines.push(lineOfGroup(group, repeats, slot, axes, endingOfAll(members, now)));
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
    const { front, selection, together } = this.props;
    const repeats = together?.repeats.find(({ ids }) => ids.includes(front.id ?? ""));
    const slot = repeats ? slotOf(repeats, selection) : selection.get(front.id ?? "");
    this.chart?.bringToFront(slot ?? null);
  }
}

/** Who is asked for by himself, and which together. */
function askedOf({ spec, together }: Props): Pick<SeriesRequest, "experiments" | "groups" | "band"> {
  const ids = spec.experiments.map(({ id }) => id);
  const mine = new Set(ids);
  const groups = (together?.repeats ?? [])
    .map((group) => group.ids.filter((id) => mine.has(id)))
    .filter((group) => group.length > 0);
  if (!together || groups.length === 0) return { experiments: ids };
  const taken = new Set(groups.flat());
  return { experiments: ids.filter((id) => !taken.has(id)), groups, band: together.band };
}

/** A run that ended or fell silent gets another mark although no point came. */
function endsChanged(before: Props, after: Props): boolean {
  return ends(before) !== ends(after);
}

const ends = ({ spec, transport }: Props): string =>
  spec.experiments.map((experiment) => endingOf(experiment, transport.now())).join();
