// One Plotly chart in one element: draws figures into it and says when somebody zooms.

import { type Figure, type FigureOptions, figure } from "./figure.ts";
import type { Line } from "./lines.ts";
import { patched } from "./patch.ts";
import type { Range } from "./ticks.ts";
import { ENDS } from "./traces.ts";

/** What is used of Plotly. */
export interface PlotlyModule {
  newPlot(el: HTMLElement, data: object[], layout: object, config: object): Promise<unknown>;
  react(el: HTMLElement, data: object[], layout: object, config: object): Promise<unknown>;
  purge(el: HTMLElement): void;
  toImage(figure: object, options: object): Promise<string>;
}

type PlotElement = HTMLElement & { on?(event: string, listener: (detail: Record<string, unknown>) => void): void };

const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  showSendToCloud: false,
  showTips: false,
  responsive: false,
  scrollZoom: false,
  doubleClick: false,
  showAxisDragHandles: false,
};

export class Chart {
  figure: Figure | null = null;
  private drawn = false;
  private front: number | null = null;

  constructor(
    private readonly el: PlotElement,
    private readonly plotly: PlotlyModule,
    private readonly onZoom: (zoom: Range | null) => void,
  ) {}

  /** Needs the true width: Plotly would otherwise draw at a size of its own and be clipped. Throws what Plotly throws. */
  draw(lines: readonly Line[], options: Omit<FigureOptions, "shown">): void {
    const { figure: shown } = this;
    const next = figure(lines, { ...options, shown });
    if (shown && patched(this.el, shown, next)) return;
    // Until it is drawn whole nobody knows what is on screen.
    this.figure = null;
    if (this.drawn) this.whole(this.plotly.react, next);
    else this.first(next);
    this.figure = next;
    this.bringToFront(this.front);
  }

  private whole(way: PlotlyModule["react"], { data, layout }: Figure): void {
    // It is drawn when this returns: nothing of ours is animated or loaded. The promise is for those.
    way(this.el, data, layout, CONFIG).catch(() => this.destroy());
  }

  private first(next: Figure): void {
    this.drawn = true;
    this.whole(this.plotly.newPlot, next);
    this.el.on?.("plotly_relayout", (change) => {
      const [from, to] = [Number(change["xaxis.range[0]"]), Number(change["xaxis.range[1]"])];
      if (Number.isFinite(from) && Number.isFinite(to)) this.onZoom([from, to]);
    });
    this.el.on?.("plotly_doubleclick", () => this.onZoom(null));
  }

  /** One experiment thicker, the others pale. Done on the drawn lines: a redraw would cost 15 ms a chart. */
  bringToFront(slot: number | null): void {
    const untouched = slot === null && this.front === null;
    this.front = slot;
    if (untouched) return;
    for (const trace of this.el.querySelectorAll<SVGGElement>(".scatterlayer .trace")) {
      const name = trace.classList.toString();
      if (name.includes(`trace${ENDS}-`)) shadeEnds(trace, this.slotsOf(name), slot);
      else shadeLine(trace, name, slot);
    }
  }

  /** Whose the ends of one kind are, in their order. */
  private slotsOf(name: string): readonly number[] {
    const traces = (this.figure?.data ?? []) as { uid: string; meta?: readonly number[] }[];
    return traces.find(({ uid }) => name.split(" ").includes(`trace${uid}`))?.meta ?? [];
  }

  destroy(): void {
    if (this.drawn) this.plotly.purge(this.el);
    this.drawn = false;
    this.figure = null;
  }
}

const paleness = (mine: boolean, slot: number | null): string => (slot === null || mine ? "" : "0.35");

function shadeEnds(trace: SVGGElement, slots: readonly number[], slot: number | null): void {
  for (const [at, end] of trace.querySelectorAll<SVGPathElement>(".points path").entries())
    end.style.opacity = paleness(slots[at] === slot, slot);
}

function shadeLine(trace: SVGGElement, name: string, slot: number | null): void {
  const mine = slot !== null && name.includes(`tracels-${slot}-`);
  trace.style.opacity = paleness(mine, slot);
  if (name.match(/-(raw|band)/)) return;
  for (const path of trace.querySelectorAll<SVGPathElement>("path.js-line"))
    path.style.strokeWidth = mine ? "2.25px" : "1.75px";
}
