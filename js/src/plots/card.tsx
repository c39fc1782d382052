// A chart's card: its name, the tools that appear with the pointer, and the chart or the numbers behind it.

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Acts } from "../acts.ts";
import { Icon, type IconName } from "../icons.tsx";
import { Menu } from "../menu.tsx";
import { paletteOf } from "../theme.ts";
import { captionOf } from "./band.ts";
import { prefixOf } from "./charts.ts";
import { DataTable } from "./data_table.tsx";
import { saveCsv, savePicture } from "./files.ts";
import type { Line } from "./lines.ts";
import { flipped, scaleOf } from "./options.ts";
import { moved } from "./order.ts";
import { Plot, type Props as PlotProps, plotlyOf } from "./plot.tsx";

interface Props extends Omit<PlotProps, "handle"> {
  acts: Pick<Acts, "plot">;
  /** All metrics as they are shown, for moving one among them. */
  all: readonly string[];
  height: number;
}

/** What a dragged chart is called, so that nothing else can be dropped on one. */
const DRAGGED = "application/x-live-studio-chart";

export function Card({ acts, all, height, ...props }: Props) {
  const { spec, options } = props;
  const { metric } = spec;
  const box = useRef<HTMLElement>(null);
  const plot = useRef<Plot>(null);
  const [asTable, showTable] = useState(false);
  const prefix = prefixOf(metric);
  const caption = props.together ? captionOf(spec, props.together) : null;
  const move = (from: string, to: string) => acts.plot((before) => ({ ...before, order: moved(all, from, to) }));
  const onDrop = (event: DragEvent) => {
    const from = event.dataTransfer?.getData(DRAGGED);
    if (from && all.includes(from)) move(from, metric);
  };
  const log = scaleOf(options, metric) === "log";
  return (
    <section
      class="ls-card"
      ref={box}
      aria-label={metric}
      onDragOver={(event) => event.dataTransfer?.types.includes(DRAGGED) && event.preventDefault()}
      onDrop={onDrop}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a way for pointers; its menu moves the chart for everybody */}
      <header title={metric} draggable onDragStart={(event) => event.dataTransfer?.setData(DRAGGED, metric)}>
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
        <span class="ls-grow" />
        <Tools
          {...props}
          acts={acts}
          all={all}
          box={box}
          plot={plot}
          asTable={asTable}
          showTable={showTable}
          move={move}
        />
      </header>
      {/* The chart stays beneath its table: it goes on following what is live. */}
      <div class={asTable ? "ls-sheet ls-as-table" : "ls-sheet"}>
        <Plot handle={plot} {...props} />
        {asTable && <LiveTable plot={plot} {...props} height={height} />}
      </div>
    </section>
  );
}

/** The numbers as they are when something was drawn. */
function LiveTable({
  plot,
  spec,
  options,
  precision,
  height,
}: Omit<PlotProps, "handle"> & { plot: RefObject<Plot | null>; height: number }) {
  const [lines, setLines] = useState<readonly Line[]>(plot.current?.drawn()?.lines ?? []);
  useEffect(() => plot.current?.afterDrawing((drawn) => setLines(drawn)), []);
  return <DataTable metric={spec.metric} lines={lines} axis={options.x} precision={precision} height={height} />;
}

interface ToolProps extends Omit<PlotProps, "handle"> {
  acts: Pick<Acts, "plot">;
  all: readonly string[];
  box: RefObject<HTMLElement | null>;
  plot: RefObject<Plot | null>;
  asTable: boolean;
  showTable(show: boolean): void;
  move(from: string, to: string): void;
}

function Tools({ spec: { metric }, options, transport, acts, all, box, plot, asTable, showTable, move }: ToolProps) {
  const [menu, setMenu] = useState<Element | null>(null);
  const turn = () => acts.plot((before) => ({ ...before, turned: flipped(before.turned, metric) }));
  const at = all.indexOf(metric);
  const pinned = options.pinned.includes(metric);
  const close = (back: boolean) => {
    if (back && menu instanceof HTMLElement) menu.focus({ preventScroll: true });
    setMenu(null);
  };
  const then = (act: () => unknown) => () => {
    close(true);
    void act();
  };
  const picture = (format: "png" | "svg") => async () => {
    const drawn = plot.current?.drawn();
    if (!drawn || !box.current) return;
    await savePicture(await plotlyOf(transport), metric, { ...drawn, palette: paletteOf(box.current) }, format);
  };
  const csv = () => plot.current && saveCsv(transport, plot.current.request);
  const pin = () => acts.plot((before) => ({ ...before, pinned: flipped(before.pinned, metric) }));
  const log = scaleOf(options, metric) === "log";
  return (
    <span class={menu ? "ls-tools ls-open" : "ls-tools"}>
      <button type="button" class="ls-b" aria-pressed={log} title={log ? "Linear scale" : "Log scale"} onClick={turn}>
        log
      </button>
      <button
        type="button"
        class="ls-b"
        title="Full screen"
        aria-label="Full screen"
        onClick={() => enlarge(box.current)}
      >
        <Icon name="expand" small />
      </button>
      <button
        type="button"
        class="ls-b"
        title={`Menu of ${metric}`}
        aria-label={`Menu of ${metric}`}
        aria-haspopup="menu"
        aria-expanded={menu !== null}
        onClick={(event) => setMenu(menu ? null : event.currentTarget)}
      >
        <Icon name="more" small />
      </button>
      {menu && (
        <Menu label={`Menu of ${metric}`} close={close} opener={menu}>
          <Item icon="cols" text={asTable ? "Show as chart" : "Show as table"} act={then(() => showTable(!asTable))} />
          <Item icon="pin" text={pinned ? "Unpin" : "Pin to the top"} act={then(pin)} />
          {at > 0 && <Item icon="grip" text="Move back" act={then(() => move(metric, all[at - 1] ?? metric))} />}
          {at < all.length - 1 && (
            <Item icon="grip" text="Move forward" act={then(() => move(metric, all[at + 1] ?? metric))} />
          )}
          <Item icon="export" text="Save as PNG" act={then(picture("png"))} />
          <Item icon="export" text="Save as SVG" act={then(picture("svg"))} />
          {transport.connection.kind === "connected" && (
            <Item icon="export" text="Save all points as CSV" act={then(csv)} />
          )}
        </Menu>
      )}
    </span>
  );
}

function Item({ icon, text, act }: { icon: IconName; text: string; act(): void }) {
  return (
    <button type="button" class="ls-mi" role="menuitem" tabIndex={-1} onClick={act}>
      <Icon name={icon} />
      {text}
    </button>
  );
}

/** The whole screen; where that is not allowed, as in some notebooks, the whole row. */
function enlarge(card: HTMLElement | null): void {
  if (!card) return;
  if (card.ownerDocument.fullscreenElement === card) void card.ownerDocument.exitFullscreen();
  else if (card.classList.contains("ls-wide")) card.classList.remove("ls-wide");
  else card.requestFullscreen().catch(() => card.classList.add("ls-wide"));
}
