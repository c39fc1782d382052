// A chart as a file: a picture of what is on screen, or every point there is.

import { download, downloadFile } from "../arrange/csv.ts";
import type { SeriesRequest, Value } from "../contract.ts";
import { quoted } from "../csv_text.ts";
import type { Palette } from "../theme.ts";
import type { Transport } from "../transport/transport.ts";
import type { PlotlyModule } from "./chart.ts";
import { plotText } from "./text.ts";

const PICTURE = { width: 960, height: 540, scale: 2 };
const ROOM = { title: 40, legend: 28 };

/** Of a picture that is drawn for a file. */
export const FILE_SIZE = { width: PICTURE.width, height: PICTURE.height - ROOM.title - ROOM.legend };

interface Margin {
  l: number;
  r: number;
  t: number;
  b: number;
}

interface Picture {
  figure: { data: object[]; layout: object };
  /** Of the traces that a legend names, by their uids. */
  names: ReadonlyMap<string, string>;
  palette: Palette;
  /** What it was drawn for, where that was a file. */
  size?: { width: number; height: number };
}

/** A picture that says by itself what it shows: with its title, and a legend of the experiments. */
export async function savePicture(
  plotly: PlotlyModule,
  title: string,
  { figure, names, palette, size }: Picture,
  format: "png" | "svg",
): Promise<void> {
  const { margin = {} } = figure.layout as { margin?: Partial<Margin> };
  const above = ROOM.title + (names.size > 0 ? ROOM.legend : 0);
  const { width, height } = size ? { ...size, height: size.height + above } : PICTURE;
  const around = size ? { l: 0, r: 0, b: 0, ...margin, t: (margin.t ?? 0) + above } : { l: 56, r: 24, t: above, b: 44 };
  const data = figure.data.map((trace) => {
    const name = names.get((trace as { uid: string }).uid);
    return { ...trace, name: plotText(name ?? ""), showlegend: name !== undefined };
  });
  const layout = {
    ...figure.layout,
    width,
    height,
    paper_bgcolor: palette.ground,
    plot_bgcolor: palette.ground,
    margin: around,
    title: { text: plotText(title), x: 0.02, xanchor: "left", y: 1 - 16 / height, font: { size: 15 } },
    showlegend: names.size > 0,
    // Above whatever stands on top of the axes.
    legend: { orientation: "h", x: 0, y: 1 + (margin.t ?? 0) / (height - around.t - around.b), yanchor: "bottom" },
  };
  const address = await plotly.toImage(
    { data, layout },
    { format, width, height, scale: format === "png" ? PICTURE.scale : 1 },
  );
  downloadFile(`${fileName(title)}.${format}`, blobOf(address));
}

/** From a data address without asking the network: a page's policy may forbid to fetch it. */
function blobOf(address: string): Blob {
  const [head = "", body = ""] = address.split(/,(.*)/s);
  const type = /^data:([^;,]*)/.exec(head)?.[1] ?? "";
  if (!head.endsWith(";base64")) return new Blob([decodeURIComponent(body)], { type });
  return new Blob([Uint8Array.from(atob(body), (character) => character.charCodeAt(0))], { type });
}

/** Every point of every line, with its step and time, as it was logged. */
export async function saveCsv(transport: Transport, request: Omit<SeriesRequest, "since">): Promise<void> {
  const { groups = [], band: _, ...alone } = request;
  // Every run by itself: what was put together can be put together again, and not the other way round.
  const experiments = [...alone.experiments, ...groups.flat()];
  const whole = { ...alone, experiments, points: 0, x: "time", zoom: null, smooth: 0, log: false, since: 0 };
  const { series } = await transport.series(whole);
  const rows = series.flatMap(({ experiment, columns: { step, value, time } }) => {
    const name = transport.state.experiments.get(experiment)?.name ?? experiment;
    return step.map((at, row) => [name, textOf(at), textOf(value[row]), timeText(time?.[row])]);
  });
  const head = ["experiment", "step", request.metric, "time"];
  saveRows(request.metric, [head, ...rows]);
}

export function saveRows(name: string, rows: readonly string[][]): void {
  download(`${fileName(name)}.csv`, rows.map((row) => `${row.map(quoted).join(",")}\r\n`).join(""));
}

const textOf = (value: Value | undefined): string => (value === undefined ? "" : String(value));

const timeText = (time: Value | undefined): string => (typeof time === "number" ? new Date(time).toISOString() : "");

export const fileName = (metric: string): string => metric.replaceAll(/[^\w.-]+/g, "-");
