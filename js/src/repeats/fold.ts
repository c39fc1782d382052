// Rows of the table folded into one for each group of repeats, where the first of them stands.

import type { Rail, Row } from "../sections.ts";
import type { Repeats } from "./repeats.ts";

/** Begins the keys of these rows. They are closed until somebody opens them: in a view's list of closed groups theirs are
 * the open ones. */
export const REPEATS = "repeats ";

export const isOpen = (key: string, collapsed: ReadonlySet<string>): boolean =>
  collapsed.has(key) === key.startsWith(REPEATS);

type Leaf = Extract<Row, { kind: "experiment" }>;

export function folded(
  rows: readonly Row[],
  repeats: readonly Repeats[],
  collapsed: ReadonlySet<string>,
): readonly Row[] {
  if (repeats.length === 0) return rows;
  const groups = new Map(repeats.flatMap((group) => group.ids.map((id) => [id, group] as const)));
  const members = new Map<Repeats, Leaf[]>();
  for (const row of rows) {
    const group = row.kind === "experiment" && groups.get(row.id);
    if (group) members.set(group, [...(members.get(group) ?? []), row]);
  }
  const told = rows.flatMap((row): Row[] => {
    if (row.kind !== "experiment") return [row];
    const group = groups.get(row.id);
    const own = group && members.get(group);
    // Of a group whose other members are filtered away one row is left, and that is itself.
    if (!group || !own || own.length < 2) return [row];
    if (own[0] !== row) return [];
    const key = REPEATS + group.key;
    const open = isOpen(key, collapsed);
    const rail: Rail = own.some((one) => one.rail === "end") ? "end" : row.rail;
    const ids = own.map(({ id }) => id);
    const head: Row = { kind: "repeats", key, repeats: { ...group, ids }, open, rail };
    return open ? [head, ...own] : [head];
  });
  return railed(told);
}

/** Who ends a rail may have moved: the last one beneath its commit does, and nobody else. */
function railed(rows: readonly Row[]): Row[] {
  const all = [...rows];
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && railOf(all[to]) !== "none") to += 1;
    const ends = all.slice(from, to).some((row) => railOf(row) === "end");
    for (let at = from; at < to; at += 1) {
      const row = all[at] as Leaf;
      const rail: Rail = ends && at === to - 1 ? "end" : "leaf";
      if (row.rail !== rail) all[at] = { ...row, rail };
    }
    from = to + 1;
  }
  return all;
}

const railOf = (row: Row | undefined): Rail =>
  row?.kind === "experiment" || row?.kind === "repeats" ? row.rail : "none";
