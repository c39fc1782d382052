// What is computed from logged rows: areas, bins, a local regression. Pure arithmetic, nothing of charts.

/** By trapezoids, whichever way the curve runs. */
export function areaUnder(x: readonly number[], y: readonly number[]): number {
  let area = 0;
  for (let at = 1; at < x.length; at += 1) {
    area += (((x[at] ?? 0) - (x[at - 1] ?? 0)) * ((y[at] ?? 0) + (y[at - 1] ?? 0))) / 2;
  }
  return Math.abs(area);
}

/** The mean of the precisions, each weighted with what the recall gains: no area is made up between two points. */
export function averagePrecision(recall: readonly number[], precision: readonly number[]): number {
  const order = recall.map((_, at) => at);
  // scikit-learn writes recall falling; whoever writes it rising means the same.
  if ((recall[0] ?? 0) > (recall.at(-1) ?? 0)) order.reverse();
  let sum = 0;
  let before = 0;
  for (const at of order) {
    const now = recall[at] ?? 0;
    sum += (now - before) * (precision[at] ?? 0);
    before = now;
  }
  return sum;
}

const BINS = { least: 5, most: 60 };

/** The edges of bins that hold all values: by Freedman and Diaconis, which outliers do not coarsen. */
export function edgesOf(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[0] ?? 0, sorted.at(-1) ?? 1];
  if (low === high) {
    const half = low === 0 ? 0.5 : Math.abs(low) * 0.05;
    return [low - half, low + half];
  }
  const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? low;
  const width = (2 * (quantile(0.75) - quantile(0.25))) / Math.cbrt(sorted.length);
  const wanted = width > 0 ? Math.ceil((high - low) / width) : BINS.most;
  const few = Math.ceil(Math.sqrt(sorted.length));
  const count = Math.max(Math.min(BINS.least, few), Math.min(BINS.most, wanted));
  return Array.from({ length: count + 1 }, (_, at) => (at === count ? high : low + ((high - low) * at) / count));
}

/** How many values lie between each two edges; the last bin holds its upper edge too. */
export function countsIn(edges: readonly number[], values: readonly number[]): number[] {
  const bins = edges.length - 1;
  const counts = new Array<number>(bins).fill(0);
  const [low, high] = [edges[0] ?? 0, edges.at(-1) ?? 1];
  for (const value of values) {
    if (value < low || value > high) continue;
    let at = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
    // The division rounds; the edges decide.
    if (value < (edges[at] ?? low)) at -= 1;
    else if (at + 1 < bins && value >= (edges[at + 1] ?? high)) at += 1;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/** The share of the points that each place of the smooth curve looks at, as in DVC's template. */
const BANDWIDTH = 0.3;
const PLACES_MOST = 200;

interface Spot {
  x: number;
  y: number;
}

/** A local linear regression, evaluated at no more than `PLACES_MOST` places. */
export function loess(x: readonly (number | null)[], y: readonly (number | null)[]): { x: number[]; y: number[] } {
  const spots = x
    .flatMap((left, at): Spot[] => (left === null || y[at] == null ? [] : [{ x: left, y: y[at] as number }]))
    .sort((a, b) => a.x - b.x);
  if (spots.length < 3) return { x: spots.map((spot) => spot.x), y: spots.map((spot) => spot.y) };
  const near = Math.max(3, Math.ceil(BANDWIDTH * spots.length));
  const step = Math.max(1, (spots.length - 1) / (PLACES_MOST - 1));
  const places: number[] = [];
  for (let at = 0; at < spots.length - 0.5; at += step) places.push(Math.round(at));
  let from = 0;
  const values = places.map((at) => {
    const centre = spots[at]?.x ?? 0;
    while (from + near < spots.length && farther(spots, from, from + near, centre)) from += 1;
    return regressed(spots.slice(from, from + near), centre);
  });
  return { x: places.map((at) => spots[at]?.x ?? 0), y: values };
}

const farther = (spots: readonly Spot[], one: number, other: number, centre: number): boolean =>
  centre - (spots[one]?.x ?? 0) > (spots[other]?.x ?? 0) - centre;

/** The value at `centre` of a line through the points, the nearer ones weighing more (tricube). */
function regressed(spots: readonly Spot[], centre: number): number {
  const reach = Math.max(centre - (spots[0]?.x ?? 0), (spots.at(-1)?.x ?? 0) - centre) || 1;
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0];
  for (const spot of spots) {
    const off = spot.x - centre;
    const weight = (1 - Math.min(1, Math.abs(off) / (reach * 1.0001)) ** 3) ** 3;
    w += weight;
    wx += weight * off;
    wy += weight * spot.y;
    wxx += weight * off * off;
    wxy += weight * off * spot.y;
  }
  const spread = w * wxx - wx * wx;
  // All in one place: their mean.
  return Math.abs(spread) < 1e-12 * w * wxx || spread === 0 ? wy / w : (wy * wxx - wx * wxy) / spread;
}
