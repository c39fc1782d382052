// The table: sticky head and names, rows drawn only where they are seen, one tab stop with arrow keys inside.

import type { RefObject } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { Shared } from "../dashboard.tsx";
import { paneOf } from "../view.ts";
import { Body } from "./body.tsx";
import { useEngaged } from "./engage.ts";
import type { RowActs } from "./experiment_row.tsx";
import { Head } from "./head.tsx";
import { type KeyContext, pressed } from "./keys.ts";
import { menuAt, type OpenMenu, RowMenu } from "./menu.tsx";
import { HEAD, useVirtualRows, useVisibleColumns, type VirtualRows } from "./rows.ts";
import { useRowHeight, useScrollMarks } from "./scroll.ts";

const MOST_ROWS = 20;
const BESIDE_PANE = 206;
let tables = 0;

export function Table(shared: Shared) {
  const { model, acts, transport, page } = shared;
  const { rows, columns, view } = model;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const [menu, setMenu] = useState<OpenMenu | null>(null);
  const height = useRowHeight(scroller);
  const virtual = useVirtualRows(scroller, rows.length, height);
  const visible = useVisibleColumns(scroller, columns);
  const engaged = useEngaged(scroller);
  const prefix = useMemo(() => `ls-${++tables}-`, []);
  const rowActs = useRowActs(shared, setActive, setMenu);
  useScrollMarks(scroller, rows, height);
  const current = Math.min(active, rows.length - 1);
  const place = { scroller, active: current, virtual, setActive, rowActs };
  const closeMenu = (back: boolean) => {
    setMenu(null);
    if (back) scroller.current?.focus({ preventScroll: true });
  };
  const experiment = menu && transport.state.experiments.get(menu.id);
  return (
    <>
      <div
        ref={scroller}
        class={engaged || page ? "ls-scroll ls-engaged" : "ls-scroll"}
        role="treegrid"
        aria-label="Experiments"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 2}
        aria-activedescendant={`${prefix}${current}`}
        aria-multiselectable="true"
        tabIndex={0}
        style={page ? undefined : { maxHeight: `${tableHeight(view.split, paneOf(view) !== null, height)}px` }}
        onKeyDown={(event) => onKeyDown(event, keyContext(shared, place))}
      >
        <div class="ls-table" style={{ width: `calc(var(--ls-lead) + ${visible.width}px)` }}>
          <Head columns={columns} visible={visible} />
          <Body
            {...shared}
            virtual={virtual}
            placed={visible.placed}
            active={current}
            prefix={prefix}
            menuId={menu?.id}
            rowActs={rowActs}
          />
        </div>
      </div>
      {menu && experiment && <RowMenu experiment={experiment} place={menu} acts={acts} close={closeMenu} />}
    </>
  );
}

/** One object for all rows and for ever, so that no row is drawn again because of it. */
function useRowActs({ acts, front }: Shared, activate: (index: number) => void, setMenu: MenuSetter): RowActs {
  return useMemo<RowActs>(
    () => ({
      toggle: acts.togglePlot,
      group: acts.toggleGroup,
      menu: (id, button) => setMenu((before) => (before?.id === id ? null : menuAt(id, button))),
      enter: front.enter,
      leave: front.leave,
      activate,
    }),
    [acts, front],
  );
}

type MenuSetter = (change: (before: OpenMenu | null) => OpenMenu | null) => void;

interface Place {
  scroller: RefObject<HTMLDivElement | null>;
  active: number;
  virtual: VirtualRows;
  setActive(index: number): void;
  rowActs: RowActs;
}

function keyContext({ model, acts, transport }: Shared, place: Place): KeyContext {
  const { scroller, active, virtual, setActive, rowActs } = place;
  return {
    rows: model.rows,
    active,
    page: Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEAD) / virtual.height)),
    acts,
    canDelete: transport.actions !== null,
    experiment: (id) => transport.state.experiments.get(id),
    move: (index) => {
      setActive(index);
      virtual.scrollTo(index);
    },
    menu: (id) => {
      const button = scroller.current?.querySelector(".ls-active .ls-more");
      if (button) rowActs.menu(id, button);
    },
  };
}

/** Space and Enter on a button are the button's. */
function onKeyDown(event: KeyboardEvent, context: KeyContext): void {
  const onButton = event.target !== event.currentTarget && (event.key === " " || event.key === "Enter");
  if (onButton || !pressed(event, context)) return;
  event.preventDefault();
}

function tableHeight(split: number | null, besidePane: boolean, row: number): number {
  return besidePane ? (split ?? BESIDE_PANE) : HEAD + MOST_ROWS * row;
}
