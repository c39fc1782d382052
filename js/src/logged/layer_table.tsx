// The rows behind a logged plot, those of one experiment after those of another.

import { useMemo } from "preact/hooks";
import { hueOf } from "../palette.ts";
import { RowTable } from "../plots/data_table.tsx";
import type { Layer } from "./drawn.ts";
import { shown } from "./reading.ts";
import { cellOf, columnsOf } from "./rows.ts";

export function LayerTable({ name, layers, height }: { name: string; layers: readonly Layer[]; height: number }) {
  const rows = useMemo(() => layers.flatMap((layer) => layer.rows.map((row) => ({ layer, row }))), [layers]);
  const columns = useMemo(() => columnsOf(layers.flatMap((layer) => layer.rows)), [layers]);
  const head = (
    <>
      <th scope="col">experiment</th>
      {columns.map((column) => (
        <th scope="col" key={column} title={column}>
          {column}
        </th>
      ))}
    </>
  );
  const row = (at: number) => {
    const found = rows[at];
    if (!found) return null;
    return (
      <>
        <th scope="row">
          <i style={{ "--c": `var(--ls-c${hueOf(found.layer.slot)})` }} />
          {found.layer.name}
        </th>
        {columns.map((column) => (
          <td key={column}>{shown(cellOf(found.row, column))}</td>
        ))}
      </>
    );
  };
  return <RowTable label={`Rows of ${name}`} count={rows.length} height={height} head={head} row={row} />;
}
