// The table: sticky head and names, rows drawn only where they are seen, one tab stop with arrow keys inside.

import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { movedBefore, sortedBy, withWidth } from "../arrange/arrangement.ts";
import { differs } from "../arrange/marks.ts";
import { formatCount } from "../format.ts";
import { Icon } from "../icons.tsx";
import type { Model } from "../model.ts";
import { type GroupKeys, idsOfRow } from "../sections.ts";
import type { Shared } from "../shared.ts";
import { paneOf } from "../view.ts";
import { Body } from "./body.tsx";
import type { Differs } from "./cell.tsx";
import { ColumnMenu, columnMenuAt, type OpenColumnMenu } from "./column_menu.tsx";
import { useEngaged } from "./engage.ts";
import type { RowActs } from "./experiment_row.tsx";
import { Head, type HeadActs } from "./head.tsx";
import { columnAt, type KeyContext, pressed } from "./keys.ts";
import { menuAt, type OpenMenu, RowMenu } from "./menu.tsx";
import { HEAD, useVirtualRows, useVisibleColumns, type VirtualRows, type VisibleColumns } from "./rows.ts";
import { useRowHeight, useScrollMarks } from "./scroll.ts";

const MOST_ROWS = 20;
const BESIDE_PANE = 206;
let tables = 0;

export function Table(shared: Shared) {
  const { model, page } = shared;
  const { rows, columns, pinned, view } = model;
  const { arrangement: how } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const active = useActive(shared);
  const [cursor, moveAcross] = useState(0);
  const [menu, setMenu] = useState<OpenMenu | null>(null);
  const [columnMenu, setColumnMenu] = useState<OpenColumnMenu | null>(null);
  const height = useRowHeight(scroller);
  const virtual = useVirtualRows(scroller, rows.length, height);
  const visible = useVisibleColumns(scroller, columns, pinned);
  const engaged = useEngaged(scroller);
  const prefix = useMemo(() => `ls-${++tables}-`, []);
  const rowActs = useRowActs(shared, active.set, setMenu);
  const headActs = useHeadActs(shared, setColumnMenu);
  const showing = useMemo<Differs>(() => differs(how.differing), [how.differing]);
  const above = useScrollMarks(scroller, rows, height);
  useSought(shared, active, virtual);
  const at = Math.min(cursor, columns.length + 1);
  const place = { scroller, active: active.index, cursor: at, virtual, visible, rowActs, headActs };
  const close = (back: boolean) => {
    setMenu(null);
    setColumnMenu(null);
    if (back) scroller.current?.focus({ preventScroll: true });
  };
  return (
    <>
      <div
        ref={scroller}
        class={engaged || page ? "ls-scroll ls-engaged" : "ls-scroll"}
        role="treegrid"
        aria-label="Experiments"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 2}
        // A row that was scrolled away is not drawn: there is nothing to name.
        aria-activedescendant={virtual.indexes.includes(active.index) ? `${prefix}${active.index}` : undefined}
        aria-multiselectable="true"
        tabIndex={0}
        style={page ? undefined : { maxHeight: `${tableHeight(view.split, paneOf(view) !== null, height)}px` }}
        onKeyDown={(event) => onKeyDown(event, keyContext(shared, place, active.set, moveAcross))}
      >
        <div
          class="ls-table"
          style={{ "--ls-pin-w": `${visible.pinnedWidth}px`, width: `calc(var(--ls-lead) + ${visible.width}px)` }}
        >
          <Head
            columns={columns}
            pinned={pinned}
            visible={visible}
            sorts={how.sorts}
            goals={how.goals}
            open={anyOpen(model)}
            acts={headActs}
          />
          <Body
            {...shared}
            virtual={virtual}
            placed={visible.placed}
            active={active.index}
            cursor={at}
            prefix={prefix}
            menuId={menu?.id}
            rowActs={rowActs}
            differs={showing}
          />
        </div>
      </div>
      {above > 0 && <Above count={above} show={() => scroller.current?.scrollTo({ top: 0 })} />}
      <Menus {...shared} menu={menu} columnMenu={columnMenu} close={close} />
    </>
  );
}

/** Runs that began above what is looked at: the rows stay where they are, and this says so. */
const Above = ({ count, show }: { count: number; show(): void }) => (
  <button type="button" class="ls-above" onClick={show}>
    <Icon name="up" small />
    {formatCount(count)} new above
  </button>
);

interface MenusProps extends Shared {
  menu: OpenMenu | null;
  columnMenu: OpenColumnMenu | null;
  close(back: boolean): void;
}

function Menus({ model, acts, transport, menu, columnMenu, close }: MenusProps) {
  const { arrangement: how } = model.view;
  const experiment = menu && transport.state.experiments.get(menu.id);
  if (columnMenu) {
    const column = model.columns.find(({ field }) => field.key === columnMenu.column);
    return (
      <ColumnMenu id={columnMenu.column} column={column} place={columnMenu.place} acts={acts} how={how} close={close} />
    );
  }
  if (!menu || !experiment) return null;
  const can = { canWrite: transport.actions !== null, canTell: transport.runs !== null };
  return <RowMenu experiment={experiment} place={menu.place} acts={acts} how={how} {...can} close={close} />;
}

interface Active {
  index: number;
  set(index: number): void;
}

/** The row the keyboard is in. It is remembered by what it is: rows change places, and a key must not meet another one. */
function useActive({ model: { rows } }: Shared): Active {
  const [key, setKey] = useState<string | null>(null);
  const last = useRef(0);
  const latest = useRef(rows);
  latest.current = rows;
  const found = key === null ? -1 : rows.findIndex((row) => row.key === key);
  const index = found >= 0 ? found : Math.max(0, Math.min(last.current, rows.length - 1));
  last.current = index;
  const set = useMemo(() => (next: number) => setKey(latest.current[next]?.key ?? null), []);
  return { index, set };
}

/** Goes to the row of who is sought, once for every wish, as soon as there is one. */
function useSought({ model: { rows, view } }: Shared, active: Active, virtual: VirtualRows): void {
  const { sought } = view;
  const found = useRef(sought);
  useLayoutEffect(() => {
    if (!sought || found.current === sought) return;
    const index = rows.findIndex((row) => idsOfRow(row).includes(sought.id));
    if (index < 0) return;
    found.current = sought;
    active.set(index);
    virtual.scrollTo(index);
  });
}

/** One object for all rows and for ever, so that no row is drawn again because of it. */
function useRowActs({ acts, front, model }: Shared, activate: (index: number) => void, setMenu: MenuSetter): RowActs {
  const latest = useRef(model);
  latest.current = model;
  return useMemo<RowActs>(
    () => ({
      toggle: acts.togglePlot,
      toggleAll: acts.togglePlots,
      open: (id) => acts.openDetail(id),
      group: (key, all) => {
        const { groups, view } = latest.current;
        const alike = [groups.sections, groups.commits].find((keys) => all && keys.includes(key));
        if (alike) acts.setGroups(alike, view.collapsed.has(key));
        else acts.toggleGroup(key);
      },
      reveal: acts.toggleHidden,
      baseline: acts.toggleBaseline,
      menu: (id, button) => setMenu((before) => (before?.id === id ? null : menuAt(id, button))),
      enter: front.enter,
      leave: front.leave,
      activate,
    }),
    [acts, front],
  );
}

type MenuSetter = (change: (before: OpenMenu | null) => OpenMenu | null) => void;

function useHeadActs({ acts, model }: Shared, setMenu: (menu: OpenColumnMenu) => void): HeadActs {
  const latest = useRef(model);
  latest.current = model;
  return useMemo<HeadActs>(
    () => ({
      sort: (column, beside) => acts.arrange((before) => sortedBy(before, column, beside)),
      fold: () => {
        const { groups } = latest.current;
        acts.setGroups(foldable(groups), !anyOpen(latest.current));
      },
      resize: (column, width) => acts.arrange((before) => withWidth(before, column, width)),
      menu: (column, at) => setMenu(columnMenuAt(column, at)),
      move: (column, next) =>
        acts.arrange((before) =>
          movedBefore(
            before,
            column,
            next,
            latest.current.columns.map(({ field }) => field.key),
          ),
        ),
    }),
    [acts],
  );
}

/** Commits where there are any: of closed branches nothing would be left to see. */
const foldable = ({ commits, sections }: GroupKeys): readonly string[] => (commits.length > 0 ? commits : sections);

/** Whether some group is open; null where the table has none. */
function anyOpen({ groups, view }: Model): boolean | null {
  const keys = view.arrangement.flat ? [] : foldable(groups);
  return keys.length === 0 ? null : keys.some((key) => !view.collapsed.has(key));
}

interface Place {
  scroller: RefObject<HTMLDivElement | null>;
  active: number;
  cursor: number;
  virtual: VirtualRows;
  visible: VisibleColumns;
  rowActs: RowActs;
  headActs: HeadActs;
}

function keyContext(
  { model, acts, transport }: Shared,
  place: Place,
  setActive: (index: number) => void,
  setCursor: (cursor: number) => void,
): KeyContext {
  const { scroller, active, cursor, virtual, visible, rowActs, headActs } = place;
  const { rows, columns, view } = model;
  return {
    rows,
    columns,
    active,
    cursor,
    page: Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEAD) / virtual.height)),
    acts,
    canWrite: transport.actions !== null,
    canTell: transport.runs !== null,
    concealed: (id) => view.arrangement.concealed.includes(id),
    experiment: (id) => transport.state.experiments.get(id),
    move: (index) => {
      setActive(index);
      virtual.scrollTo(index);
    },
    moveAcross: (next) => {
      setCursor(next);
      if (next > 1) visible.scrollTo(next - 2);
    },
    group: rowActs.group,
    menu: (id) => {
      const button = scroller.current?.querySelector(".ls-active .ls-more");
      if (button) rowActs.menu(id, button);
    },
    columnMenu: () => {
      const head = scroller.current?.querySelector(`.ls-head [aria-colindex="${cursor + 1}"]`);
      if (head) headActs.menu(columnAt({ cursor, columns }), head);
    },
    extend: (from, to) => {
      const step = from < to ? 1 : -1;
      const between = Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => rows[from + index * step]);
      acts.extend(between.flatMap((row) => idsOfRow(row)));
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
