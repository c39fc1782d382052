// Which charts there are: one for every metric of the selected experiments.

import { type Experiment, metricName } from "../contract.ts";

export interface ChartSpec {
  metric: string;
  experiments: Experiment[];
  /** Changes exactly when there is something new to fetch. */
  signature: string;
}

/** Charts in the order the metrics were first logged, those with one prefix beside each other. */
export function chartsOf(selected: readonly Experiment[]): ChartSpec[] {
  const charts = new Map<string, Map<Experiment, number>>();
  for (const experiment of selected) {
    for (const [path, { count }] of Object.entries(experiment.series)) {
      if (count === 0) continue;
      const metric = metricName(path);
      const counts = charts.get(metric) ?? new Map<Experiment, number>();
      counts.set(experiment, (counts.get(experiment) ?? 0) + count);
      charts.set(metric, counts);
    }
  }
  return byPrefix([...charts].map(([metric, counts]) => specOf(metric, counts)));
}

function specOf(metric: string, counts: ReadonlyMap<Experiment, number>): ChartSpec {
  const parts = [...counts].map(([{ id, generation }, count]) => [id, generation, count]);
  return { metric, experiments: [...counts.keys()], signature: JSON.stringify(parts) };
}

function byPrefix(charts: ChartSpec[]): ChartSpec[] {
  const order = new Map<string, number>();
  for (const { metric } of charts) if (!order.has(prefixOf(metric))) order.set(prefixOf(metric), order.size);
  const rank = ({ metric }: ChartSpec): number => order.get(prefixOf(metric)) ?? 0;
  return charts.sort((a, b) => rank(a) - rank(b));
}

export const prefixOf = (metric: string): string => metric.slice(0, metric.lastIndexOf("/") + 1);
