// A logged plot's card: the drawing of all selected experiments, or the rows behind it.

import { useEffect, useRef, useState } from "preact/hooks";
import { formatCount } from "../format.ts";
import { plotlyOf } from "../plots/bundle.ts";
import { CardFrame, type Place } from "../plots/card_frame.tsx";
import { prefixOf } from "../plots/charts.ts";
import { FILE_SIZE, savePicture, saveRows } from "../plots/files.ts";
import { paletteOf } from "../theme.ts";
import type { Layer } from "./drawn.ts";
import { saidOf } from "./form.ts";
import { LayerTable } from "./layer_table.tsx";
import { isFigure, type LoggedSpec } from "./logged.ts";
import { columnsOf, textOf } from "./rows.ts";
import { Sheet, type Props as SheetProps } from "./sheet.tsx";

interface Props extends Omit<SheetProps, "handle">, Pick<Place, "acts" | "all"> {
  id: string;
}

export function LoggedCard({ id, acts, all, ...props }: Props) {
  const { spec, options, transport, height } = props;
  const box = useRef<HTMLElement>(null);
  const sheet = useRef<Sheet>(null);
  const [asTable, showTable] = useState(false);
  const [layers, setLayers] = useState<readonly Layer[]>([]);
  useEffect(() => sheet.current?.afterDrawing(setLayers), []);
  const picture = (format: "png" | "svg") => async () => {
    if (!box.current) return;
    const palette = paletteOf(box.current);
    const made = sheet.current?.drawnFor(FILE_SIZE.width, FILE_SIZE.height, palette);
    if (!made) return;
    const { drawn, ...size } = made;
    await savePicture(
      await plotlyOf(transport),
      spec.name,
      { figure: drawn, names: drawn.names, palette, size },
      format,
    );
  };
  const files = [
    { text: "Save as PNG", save: picture("png") },
    { text: "Save as SVG", save: picture("svg") },
    { text: "Save all rows as CSV", save: () => saveLayers(spec.name, sheet.current?.layers ?? []) },
  ];
  return (
    <CardFrame
      id={id}
      label={labelOf(spec)}
      {...{ box, options, acts, all, files }}
      title={<Title spec={spec} layers={layers} />}
      table={{ shown: asTable, show: showTable }}
      wide={isWide(spec)}
    >
      <Sheet handle={sheet} {...props} />
      {asTable && <LayerTable name={spec.name} layers={layers} height={height} />}
    </CardFrame>
  );
}

/** Of the figures of one name each is somebody's. */
const labelOf = ({ name, shots: [first] }: LoggedSpec): string =>
  first && isFigure(first.head) ? `${name} of ${first.experiment.name}` : name;

/** Several matrices stand beside each other and need the whole row. */
const isWide = ({ shots: [first, second] }: LoggedSpec): boolean =>
  first !== undefined && second !== undefined && saidOf(first.head).form === "confusion";

function Title({ spec, layers }: { spec: LoggedSpec; layers: readonly Layer[] }) {
  const prefix = prefixOf(spec.name);
  const title = spec.shots.map(({ head }) => saidOf(head).title).find((text) => text !== "");
  const [only, other] = layers;
  const step = only?.step == null ? "" : ` · step ${formatCount(only.step)}`;
  const aside = only && !other ? `${only.name}${step}` : title;
  return (
    <>
      <span class="ls-cut">
        <span class="ls-dim">{prefix}</span>
        <b>{spec.name.slice(prefix.length)}</b>
      </span>
      <span class="ls-cut ls-dim ls-small ls-aside" title={aside}>
        {aside}
      </span>
    </>
  );
}

/** Every row of every experiment, with all of their columns. */
function saveLayers(name: string, layers: readonly Layer[]): void {
  const columns = columnsOf(layers.flatMap(({ rows }) => rows));
  const rows = layers.flatMap((layer) =>
    layer.rows.map((row) => [layer.name, ...columns.map((column) => textOf(row[column] ?? null))]),
  );
  saveRows(name, [["experiment", ...columns], ...rows]);
}
