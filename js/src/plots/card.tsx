// A metric's card: its chart, or the numbers behind it.

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { paletteOf } from "../theme.ts";
import { captionOf } from "./band.ts";
import { plotlyOf } from "./bundle.ts";
import { CardFrame, type Place } from "./card_frame.tsx";
import { prefixOf } from "./charts.ts";
import { DataTable } from "./data_table.tsx";
import { saveCsv, savePicture } from "./files.ts";
import type { Line } from "./lines.ts";
import { flipped, scaleOf } from "./options.ts";
import { Plot, type Props as PlotProps } from "./plot.tsx";

interface Props extends Omit<PlotProps, "handle">, Pick<Place, "acts" | "all"> {
  height: number;
}

export function Card({ acts, all, height, ...props }: Props) {
  const { spec, options, transport } = props;
  const { metric } = spec;
  const box = useRef<HTMLElement>(null);
  const plot = useRef<Plot>(null);
  const [asTable, showTable] = useState(false);
  const prefix = prefixOf(metric);
  const caption = props.together ? captionOf(spec, props.together) : null;
  const log = scaleOf(options, metric) === "log";
  const turn = () => acts.plot((before) => ({ ...before, turned: flipped(before.turned, metric) }));
  const picture = (format: "png" | "svg") => async () => {
    const drawn = plot.current?.drawn();
    if (!drawn || !box.current) return;
    const { figure, lines } = drawn;
    const names = new Map(lines.map((line, at) => [`ls-${line.slot}-${at}-line`, line.name]));
    const palette = paletteOf(box.current);
    await savePicture(await plotlyOf(transport), metric, { figure, names, palette }, format);
  };
  const csv = () => plot.current && saveCsv(transport, plot.current.request);
  const files = [
    { text: "Save as PNG", save: picture("png") },
    { text: "Save as SVG", save: picture("svg") },
    ...(transport.connection.kind === "connected" ? [{ text: "Save all points as CSV", save: csv }] : []),
  ];
  const title = (
    <>
      <span class="ls-cut">
        <span class="ls-dim">{prefix}</span>
        <b>{metric.slice(prefix.length)}</b>
      </span>
      {log && <span class="ls-dim ls-small ls-scale">log</span>}
      {caption && (
        <span class="ls-dim ls-small ls-caption" title={`${caption.what}, ${caption.n}`}>
          <span class="ls-cut">{caption.what}</span>
          <span> · {caption.n}</span>
        </span>
      )}
    </>
  );
  return (
    <CardFrame
      id={metric}
      label={metric}
      {...{ box, title, options, acts, all, files }}
      log={{ on: log, turn }}
      table={{ shown: asTable, show: showTable }}
    >
      <Plot handle={plot} {...props} />
      {asTable && <LiveTable plot={plot} {...props} height={height} />}
    </CardFrame>
  );
}

/** The numbers as they are when something was drawn. */
function LiveTable({
  plot,
  spec,
  options,
  precision,
  together,
  height,
}: Omit<PlotProps, "handle"> & { plot: RefObject<Plot | null>; height: number }) {
  const [lines, setLines] = useState<readonly Line[]>(plot.current?.drawn()?.lines ?? []);
  useEffect(() => plot.current?.afterDrawing((drawn) => setLines(drawn)), []);
  const band = together?.band ?? "std";
  return <DataTable metric={spec.metric} axis={options.x} {...{ lines, precision, band, height }} />;
}
