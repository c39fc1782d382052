// Which colour an experiment is plotted in. Seven hues; after them the same hues again, each time with another dash.

export const HUES = 7;

/** The usual colours, and those that nobody takes for one another; these have a dash for each, too. */
export const PALETTES = ["studio", "distinct"] as const;
export type Hues = (typeof PALETTES)[number];

const DASHES = ["solid", "dash", "dot", "dashdot", "longdash"] as const;

/** Experiment id -> slot. A slot is a number from 0; hue and dash follow from it. */
export type Selection = ReadonlyMap<string, number>;

export const hueOf = (slot: number): number => (slot % HUES) + 1;

/** With `each` no two neighbours have the same. */
export const dashOf = (slot: number, each = false): string =>
  DASHES[(each ? slot : Math.floor(slot / HUES)) % DASHES.length] ?? "solid";

/** The first slot nobody uses. */
export function freeSlot(selection: Selection): number {
  const taken = new Set(selection.values());
  let slot = 0;
  while (taken.has(slot)) slot += 1;
  return slot;
}

export function select(selection: Selection, id: string): Selection {
  return selection.has(id) ? selection : new Map(selection).set(id, freeSlot(selection));
}

/** In the colour it had, unless another has got it meanwhile. */
export function selectAgain(selection: Selection, id: string, slot: number): Selection {
  if (selection.has(id)) return selection;
  const taken = [...selection.values()].includes(slot);
  return taken ? select(selection, id) : new Map(selection).set(id, slot);
}

export function deselect(selection: Selection, id: string): Selection {
  const rest = new Map(selection);
  return rest.delete(id) ? rest : selection;
}

export function toggle(selection: Selection, id: string): Selection {
  return selection.has(id) ? deselect(selection, id) : select(selection, id);
}

/** A run that has just started is shown by itself, but only while it gets a hue of its own. */
export function selectStarted(selection: Selection, ids: Iterable<string>): Selection {
  let grown = selection;
  for (const id of ids) {
    if (freeSlot(grown) >= HUES) break;
    grown = select(grown, id);
  }
  return grown;
}

/** Exactly these: in the colours they have, the others in the first free ones. */
export function selectOnly(selection: Selection, ids: readonly string[]): Selection {
  const wanted = new Set(ids);
  const kept = new Map([...selection].filter(([id]) => wanted.has(id)));
  const taken = new Set(kept.values());
  let slot = 0;
  for (const id of wanted) {
    if (kept.has(id)) continue;
    while (taken.has(slot)) slot += 1;
    kept.set(id, slot);
    slot += 1;
  }
  return kept;
}
