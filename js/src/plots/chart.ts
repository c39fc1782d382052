// One Plotly chart in one element: draws figures into it and says when somebody zooms.

import { type Figure, type FigureOptions, figure, MARGIN } from "./figure.ts";
import type { Line } from "./lines.ts";
import type { Range } from "./ticks.ts";

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

  /** Needs the true width: Plotly would otherwise draw at a size of its own and be clipped. */
  async draw(lines: readonly Line[], options: FigureOptions): Promise<void> {
    this.figure = figure(lines, options);
    const { data, layout } = this.figure;
    if (this.drawn) await this.plotly.react(this.el, data, layout, CONFIG);
    else await this.first(data, layout);
    this.bringToFront(this.front);
  }

  private async first(data: object[], layout: object): Promise<void> {
    this.drawn = true;
    await this.plotly.newPlot(this.el, data, layout, CONFIG);
    this.el.on?.("plotly_relayout", (change) => {
      const [from, to] = [Number(change["xaxis.range[0]"]), Number(change["xaxis.range[1]"])];
      if (Number.isFinite(from) && Number.isFinite(to)) this.onZoom([from, to]);
    });
    this.el.on?.("plotly_doubleclick", () => this.onZoom(null));
  }

  /** One experiment thicker, the others pale. Done on the drawn lines: a redraw would cost 15 ms a chart. */
  bringToFront(slot: number | null): void {
    this.front = slot;
    for (const trace of this.el.querySelectorAll<SVGGElement>(".scatterlayer .trace")) {
      const mine = slot !== null && trace.classList.toString().includes(`tracels-${slot}-`);
      trace.style.opacity = slot === null || mine ? "" : "0.35";
      if (trace.classList.toString().includes("-raw-")) continue;
      for (const path of trace.querySelectorAll<SVGPathElement>("path.js-line")) {
        path.style.strokeWidth = mine ? "2.25px" : "1.75px";
      }
    }
  }

  destroy(): void {
    if (this.drawn) this.plotly.purge(this.el);
    this.drawn = false;
  }
}

/** Where `x` is, in pixels from the left edge of the chart. */
export function pixelOf(x: number, [from, to]: Range, width: number): number {
  return MARGIN.l + ((x - from) / (to - from)) * (width - MARGIN.l - MARGIN.r);
}

export function valueOfPixel(pixel: number, [from, to]: Range, width: number): number {
  return from + ((pixel - MARGIN.l) / (width - MARGIN.l - MARGIN.r)) * (to - from);
}
