// A logged plot as it is drawn: fetched and drawn where somebody can see it, in its turn, anew when its rows change.

import { Component, createRef } from "preact";
import type { Selection } from "../palette.ts";
import { bundleOf } from "../plots/bundle.ts";
import type { PlotlyModule } from "../plots/chart.ts";
import type { Options } from "../plots/options.ts";
import { drawInTurn, forgetDrawing, type Pace, Refresher } from "../plots/pace.ts";
import { watch } from "../plots/sight.ts";
import { onThemeChange, type Palette, paletteOf } from "../theme.ts";
import type { Transport } from "../transport/transport.ts";
import { Bodies } from "./bodies.ts";
import type { Drawn, Form, Layer, Pointed, Reading } from "./drawn.ts";
import { type Said, saidOf } from "./form.ts";
import { isFigure, type LoggedSpec } from "./logged.ts";
import { rowsOf, rowsOfFigure } from "./rows.ts";
import { Tip } from "./tip.tsx";

export interface Props {
  /** Filled with the sheet, for its card. */
  handle: { current: Sheet | null };
  spec: LoggedSpec;
  transport: Transport;
  selection: Selection;
  options: Options;
  pace: Pace;
  /** What a card is high, in pixels. */
  height: number;
}

interface SheetState {
  width: number;
  height: number;
  /** What the form asks for. */
  wanted: number;
  problem: string | null;
  reading: { of: Reading; x: number; y: number } | null;
}

type PlotElement = HTMLElement & { on?(event: string, listener: (detail: HoverEvent) => void): void };

interface HoverEvent {
  points: { curveNumber: number; pointNumber: number | number[] }[];
  event: MouseEvent;
}

const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  showSendToCloud: false,
  showTips: false,
  responsive: false,
  doubleClick: false,
  showAxisDragHandles: false,
};

export class Sheet extends Component<Props, SheetState> {
  override state: SheetState = { width: 0, height: 0, wanted: 0, problem: null, reading: null };
  private readonly plot = createRef<HTMLDivElement>();
  private readonly bodies = new Bodies(this.props.transport, () => this.redraw());
  private readonly refresher = new Refresher(
    async () => this.bodies.fetch(this.props.spec),
    () => this.props.pace.period,
  );
  private readonly owner = new AbortController();
  private readonly afterwards = new Set<(layers: readonly Layer[]) => void>();
  private plotly: PlotlyModule | null = null;
  private formFor: ((said: Said) => Form) | null = null;
  private figure: Drawn | null = null;
  private seen = false;

  override componentDidMount(): void {
    const el = this.plot.current as HTMLDivElement;
    this.props.handle.current = this;
    const { signal } = this.owner;
    watch(el, { resized: this.resize, seen: this.see, turned: this.update }, signal);
    signal.addEventListener(
      "abort",
      onThemeChange(() => this.redraw()),
    );
  }

  override componentDidUpdate(before: Props): void {
    this.update();
    const { options, selection, height } = this.props;
    if (before.options.muted !== options.muted || before.selection !== selection || before.height !== height)
      this.redraw();
  }

  override componentWillUnmount(): void {
    this.owner.abort();
    this.props.handle.current = null;
    this.refresher.stop();
    forgetDrawing(this);
    this.props.pace.see(this, false);
    const el = this.plot.current;
    if (el && this.figure) this.plotly?.purge(el);
  }

  override render({ spec }: Props, { wanted, problem, reading, width }: SheetState) {
    const style = wanted > this.props.height ? { "--ls-chart-h": `${wanted}px` } : {};
    return (
      <div class="ls-plot-box" style={style} onPointerLeave={() => this.setState({ reading: null })}>
        <div class="ls-plot" ref={this.plot} role="img" aria-label={labelOf(spec)} />
        {problem && <p class="ls-hint">{problem}</p>}
        {reading && <Tip {...reading} width={width} />}
      </div>
    );
  }

  /** The same drawing for a file of about that size. */
  drawnFor(width: number, height: number, palette: Palette): { drawn: Drawn; width: number; height: number } | null {
    const { said, layers } = this;
    if (!said || !this.formFor || layers.length === 0) return null;
    const form = this.formFor(said);
    const high = Math.max(height, form.height(said, layers, width));
    return { drawn: form.draw(said, layers, { palette, width, height: high }), width, height: high };
  }

  /** The rows that are shown, by experiment. */
  get layers(): Layer[] {
    const { spec, selection, options } = this.props;
    return spec.shots.flatMap(({ experiment: { id, name } }): Layer[] => {
      const [slot, held] = [selection.get(id), this.bodies.of(id)];
      if (slot === undefined || !held || options.muted.includes(id)) return [];
      const { head, body } = held;
      const known = { id, name, slot, step: head.step };
      return [isFigure(head) ? { ...known, rows: rowsOfFigure(body), body } : { ...known, rows: rowsOf(body) }];
    });
  }

  /** Tells after each drawing; returns the way out. */
  readonly afterDrawing = (listener: (layers: readonly Layer[]) => void): (() => void) => {
    this.afterwards.add(listener);
    return () => void this.afterwards.delete(listener);
  };

  private get said(): Said | null {
    const head = this.props.spec.shots.at(-1)?.head;
    return head ? saidOf(head) : null;
  }

  private readonly resize = (width: number, height: number): void => {
    this.setState({ width, height });
    this.update();
    this.redraw();
  };

  private readonly see = (seen: boolean): void => {
    this.seen = seen;
    this.props.pace.see(this, seen);
    this.update();
  };

  private readonly update = (): void => {
    if (this.owner.signal.aborted) return;
    const lost = this.props.transport.connection.kind === "lost";
    const idle = lost || !this.seen || this.state.width === 0 || document.visibilityState !== "visible";
    if (!idle && !this.bodies.has(this.props.spec)) this.refresher.want();
  };

  private redraw(): void {
    if (this.state.width > 0 && !this.owner.signal.aborted) drawInTurn(this, () => void this.draw());
  }

  private async draw(): Promise<void> {
    const [el, said] = [this.plot.current as PlotElement | null, this.said];
    const { layers } = this;
    if (!el || !said) return;
    if (layers.length === 0) return this.clear(el);
    if (!(await this.ready()) || !this.formFor) return;
    const form = this.formFor(said);
    const { width, height } = this.state;
    const wanted = form.height(said, layers, width);
    if (wanted !== this.state.wanted) this.setState({ wanted });
    const first = this.figure === null;
    try {
      this.figure = form.draw(said, layers, { palette: paletteOf(el), width, height });
      await this.plotly?.react(el, this.figure.data, this.figure.layout, CONFIG);
    } catch {
      this.clear(el);
      this.setState({ problem: "What was logged here cannot be drawn." });
      return;
    }
    if (first) this.listen(el);
    for (const tell of this.afterwards) tell(layers);
  }

  /** Every experiment of it is switched off in the legend. */
  private clear(el: PlotElement): void {
    if (this.figure) this.plotly?.purge(el);
    this.figure = null;
  }

  private listen(el: PlotElement): void {
    el.on?.("plotly_hover", ({ points: [point], event }) => {
      const { left, top } = el.getBoundingClientRect();
      const pointed: Pointed | null = point ? { trace: point.curveNumber, point: point.pointNumber } : null;
      const of = pointed && (this.figure?.read(pointed) ?? null);
      this.setState({ reading: of && { of, x: event.clientX - left, y: event.clientY - top } });
    });
    el.on?.("plotly_unhover", () => this.setState({ reading: null }));
  }

  private async ready(): Promise<boolean> {
    try {
      const bundle = await bundleOf(this.props.transport);
      this.plotly = bundle.default;
      this.formFor = bundle.formFor;
      if (this.state.problem) this.setState({ problem: null });
    } catch {
      this.setState({ problem: "The charts could not be loaded. Reload the page." });
    }
    return this.plotly !== null && !this.owner.signal.aborted;
  }
}

const labelOf = ({ name, shots }: LoggedSpec): string =>
  `${name} of ${shots.map(({ experiment }) => experiment.name).join(", ")}`;
