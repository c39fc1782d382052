// The headless table: which columns are shown in which order and width, and which experiments pass in which order.

import {
  type ColumnDef,
  type ColumnFiltersState,
  columnFilteringFeature,
  columnOrderingFeature,
  columnPinningFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  constructTable,
  createFilteredRowModel,
  createSortedRowModel,
  rowSortingFeature,
  type SortFn,
  type Table,
  tableFeatures,
} from "@tanstack/table-core";
import { storeReactivityBindings } from "@tanstack/table-core/store-reactivity-bindings";
import type { Column } from "../columns.ts";
import type { Experiment, Value } from "../contract.ts";
import { fieldsOf, type Holder } from "../flat.ts";
import type { Arrangement, Filter } from "./arrangement.ts";
import { isSaid, passes } from "./filters.ts";
import { BRANCH, compare, keyOf, NAME, type Source, STARTED, STATUS, sortable, valueIn } from "./values.ts";

const features = tableFeatures({
  coreReactivityFeature: storeReactivityBindings(),
  columnFilteringFeature,
  columnOrderingFeature,
  columnPinningFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  rowSortingFeature,
  filteredRowModel: createFilteredRowModel(),
  sortedRowModel: createSortedRowModel(),
});
type Features = typeof features;
type Def = ColumnDef<Features, Experiment>;
type Tests = { filters: Filter[]; base: Holder | undefined };

export interface Arranged {
  /** The columns in sight, pinned ones first, in their widths. */
  columns: readonly Column[];
  pinned: number;
  /** Experiments that pass and their place in the order; null where every one passes, in the usual order. */
  ranks: ReadonlyMap<string, number> | null;
  /** Whether that order is one somebody asked for. */
  sorted: boolean;
}

/** The branch of each experiment that hangs on one. */
export type Branches = ReadonlyMap<string, string>;

const MOST_WIDE = 600;
const LEAST_WIDE = 40;

export class Grid {
  private readonly table: Table<Features, Experiment> = constructTable<Features, Experiment>({
    features,
    columns: [],
    data: [],
    getRowId: ({ id }) => id,
  });
  private known: readonly Column[] = [];
  private byKey = new Map<string, Column>();
  private inSight: readonly Column[] = [];
  private readonly widened = new WeakMap<Column, Column>();

  /**
   * `data` should be the same list as before as long as the order on screen shall stay; `other` is the baseline where it
   * is none of `data`.
   */
  arrange(
    columns: readonly Column[],
    data: readonly Experiment[],
    how: Arrangement,
    without: Hidden,
    branches: Branches = new Map(),
    other?: Holder,
  ): Arranged {
    this.branches = branches;
    this.learn(columns);
    const base = how.baseline === null ? undefined : (data.find(({ id }) => id === how.baseline) ?? other);
    const columnFilters = this.filtersOf(how, base);
    const sorting = how.sorts
      .filter(({ column }) => this.sources.has(column))
      .map(({ column, down }) => ({ id: column, desc: down }));
    const moves = columnFilters.length + sorting.length > 0;
    this.table.setOptions((before) => ({
      ...before,
      ...(moves ? { data: data as Experiment[] } : {}),
      state: { ...this.columnState(how, without), columnFilters, sorting },
    }));
    return { ...this.shown(how), ranks: moves ? this.ranks() : null, sorted: sorting.length > 0 };
  }

  private branches: Branches = new Map();

  private readonly valueOf = (experiment: Experiment, source: Source) =>
    source === BRANCH ? this.branches.get(experiment.id) : valueIn(experiment, source);

  private sources = new Map<string, Source>();

  private learn(columns: readonly Column[]): void {
    if (columns === this.known) return;
    this.known = columns;
    this.byKey = new Map(columns.map((column) => [column.field.key, column]));
    const sources: Source[] = [NAME, STATUS, STARTED, BRANCH, ...columns.map(({ field }) => field)];
    this.sources = new Map(sources.map((source) => [keyOf(source), source]));
    this.table.setOptions((before) => ({ ...before, columns: sources.map((source) => this.defOf(source)) }));
  }

  private defOf(source: Source): Def {
    const id = keyOf(source);
    return {
      id,
      accessorFn: (experiment) => sortable(this.valueOf(experiment, source)),
      sortFn: inOrder,
      sortUndefined: "last",
      filterFn: (row, _, { filters, base }: Tests) =>
        filters.every((filter) => passes(filter, this.valueOf(row.original, source), baseIn(base, source))),
      size: this.byKey.get(id)?.width ?? 0,
      minSize: LEAST_WIDE,
      maxSize: MOST_WIDE,
    };
  }

  private filtersOf({ filters, find }: Arrangement, base: Holder | undefined): ColumnFiltersState {
    const byColumn = new Map<string, Filter[]>();
    const name: Filter = { column: NAME, test: "contains", text: find, difference: false, on: true };
    for (const filter of [...filters, name]) {
      if (!filter.on || !isSaid(filter) || !this.sources.has(filter.column)) continue;
      byColumn.set(filter.column, [...(byColumn.get(filter.column) ?? []), filter]);
    }
    return [...byColumn].map(([id, those]) => ({ id, value: { filters: those, base } satisfies Tests }));
  }

  private columnState({ hidden, order, pinned, widths }: Arrangement, without: Hidden) {
    const away = [NAME, STATUS, STARTED, BRANCH, ...hidden, ...without];
    return {
      columnVisibility: Object.fromEntries(away.map((key) => [key, false])),
      columnOrder: this.orderOf(order),
      columnPinning: { start: [...pinned], end: [] },
      columnSizing: { ...widths },
    };
  }

  /** What nobody has moved stays behind its neighbour in the usual order, so that a new column comes where it belongs. */
  private orderOf(moved: readonly string[]): string[] {
    if (moved.length === 0) return [];
    const wanted = new Set(moved);
    const order = moved.filter((key) => this.byKey.has(key));
    let before: string | null = null;
    for (const { field } of this.known) {
      if (!wanted.has(field.key)) order.splice(before === null ? 0 : order.indexOf(before) + 1, 0, field.key);
      before = field.key;
    }
    return order;
  }

  private shown({ pinned }: Arrangement): Pick<Arranged, "columns" | "pinned"> {
    const leaves = [...this.table.getStartVisibleLeafColumns(), ...this.table.getCenterVisibleLeafColumns()];
    const found = leaves.flatMap((leaf) => this.sized(leaf.id, leaf.getSize()));
    const same = found.length === this.inSight.length && found.every((column, at) => column === this.inSight[at]);
    if (!same) this.inSight = found;
    const fixed = new Set(pinned);
    return { columns: this.inSight, pinned: found.filter(({ field }) => fixed.has(field.key)).length };
  }

  /** The same object for the same column in the same width: with another one every row would be drawn again. */
  private sized(key: string, width: number): Column[] {
    const column = this.byKey.get(key);
    if (!column) return [];
    if (column.width === width) return [column];
    const before = this.widened.get(column);
    const wide = before?.width === width ? before : { ...column, width };
    this.widened.set(column, wide);
    return [wide];
  }

  private ranks(): ReadonlyMap<string, number> {
    return new Map(this.table.getRowModel().rows.map(({ id }, rank) => [id, rank]));
  }
}

/** Names and times have no difference. */
const baseIn = (base: Holder | undefined, source: Source): Value | undefined =>
  base && typeof source !== "string" ? fieldsOf(base).get(source) : undefined;

/** Keys of columns that are not shown for another reason than somebody's choice. */
type Hidden = readonly string[];

/** Never asked about undefined: those come last by themselves. */
const inOrder: SortFn<Features, Experiment> = (a, b, id) =>
  compare(a.getValue<number | string>(id), b.getValue<number | string>(id));
