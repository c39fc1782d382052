// Trends: a card for each metric, over the commits of one branch.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { AcrossProps } from "../across/pane.tsx";
import { useWidth } from "../hooks.ts";
import { Lazy } from "../lazy.tsx";
import { type Bundle, bundleOf, plotlyOf } from "../plots/bundle.ts";
import { prefixOf } from "../plots/charts.ts";
import { drawInTurn, forgetDrawing } from "../plots/pace.ts";
import { Switch } from "../plots/switch.tsx";
import type { Shared } from "../shared.ts";
import { onThemeChange, paletteOf } from "../theme.ts";
import type { Transport } from "../transport/transport.ts";
import { bestsOf, branchesOf, type Trend, trendsOf, trendText } from "./trend.ts";
import { SIDES } from "./trending.ts";

const HEIGHT = 176;
const AT_MOST = 40;
const CONFIG = { displayModeBar: false, displaylogo: false, showSendToCloud: false, responsive: false };

export function Trends(shared: Shared) {
  const { model, transport, acts } = shared;
  const { project, experiments, view } = model;
  const commits = transport.state.commits.get(project?.repo_url ?? "") ?? [];
  const branches = branchesOf(commits);
  const [chosen, choose] = useState("");
  const branch = branches.includes(chosen) ? chosen : (branches[0] ?? "");
  const running = experiments.filter(({ status }) => status === "running");
  const own = commits.filter((commit) => commit.branch === branch);
  const overCommits = trendsOf(own, running, project, view.selection).filter(hasRings);
  // Where no commit holds numbers, parameters say more than an empty pane.
  const side = view.trends.side ?? (overCommits.length > 0 ? "commits" : "parameters");
  const best = side === "best of commit";
  const trends = best
    ? bestsOf(own, experiments, view.arrangement.goals, view.selection).filter(hasRings)
    : overCommits;
  return (
    <section class="ls-pane" aria-label="Trends">
      <div class="ls-phead">
        <b class="ls-pane-title">Trends</b>
        <Switch
          label=""
          legend="What is shown"
          options={SIDES}
          value={side}
          choose={(to) => acts.trend({ side: to })}
        />
        {side !== "parameters" && branches.length > 0 && (
          <label class="ls-ctl">
            Branch
            <select class="ls-pick" value={branch} onChange={(event) => choose(event.currentTarget.value)}>
              {branches.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <span class="ls-grow" />
        {side !== "parameters" && trends.length > 0 && (
          <span class="ls-dim ls-small ls-phead-hint">
            {best
              ? "Rings are the best experiments of their commits, dots running ones"
              : "Dots are running experiments at their commit"}
          </span>
        )}
      </div>
      {side === "parameters" && (
        <Lazy<AcrossProps> file={ACROSS} transport={transport} props={{ model, acts, front: shared.front }} />
      )}
      {side !== "parameters" && trends.length === 0 && <p class="ls-hint">{nothing(commits.length, best)}</p>}
      {side !== "parameters" && (
        <div class="ls-grid">
          {trends.slice(0, AT_MOST).map((trend) => (
            <TrendCard key={trend.metric} trend={trend} branch={branch} transport={transport} />
          ))}
        </div>
      )}
    </section>
  );
}

const hasRings = ({ rings }: Trend): boolean => rings.length > 0;

function nothing(commits: number, best: boolean): string {
  if (commits === 0) return "No commits are known here: connect the project's clone by running %live_studio in it.";
  return best
    ? "No metric of an experiment here has a goal. Say in the menu of its column whether higher or lower is better."
    : "No commit of this branch holds metrics. Commit the metrics file that your runs write.";
}

function TrendCard({ trend, branch, transport }: { trend: Trend; branch: string; transport: Transport }) {
  const prefix = prefixOf(trend.metric);
  return (
    <section class="ls-card" aria-label={`Trend of ${trend.metric}`}>
      <header title={trend.metric}>
        <span class="ls-cut">
          <span class="ls-dim">{prefix}</span>
          <b>{trend.metric.slice(prefix.length)}</b>
        </span>
        <span class="ls-dim ls-small">{trend.goal ? `${branch} · ${trend.goal} is better` : branch}</span>
      </header>
      <div class="ls-plot-box">
        <Drawing trend={trend} transport={transport} />
      </div>
    </section>
  );
}

/** Drawn in its turn, anew where the trend, the width or the theme has changed. */
function Drawing({ trend, transport }: { trend: Trend; transport: Transport }) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const [theme, retheme] = useState(0);
  const turn = useRef({});
  const key = useMemo(() => JSON.stringify([trend.rings, trend.dots]), [trend]);
  useEffect(() => onThemeChange(() => retheme((before) => before + 1)), []);
  useEffect(() => {
    const el = ref.current;
    if (!el || width === 0) return;
    drawInTurn(turn.current, () => {
      const draw = ({ trendFigure, default: plotly }: Bundle) => {
        if (!el.isConnected) return;
        const { data, layout } = trendFigure(trend, paletteOf(el), width, HEIGHT);
        return plotly.react(el, data, layout, CONFIG);
      };
      bundleOf(transport)
        .then(draw)
        .catch(() => {
          el.textContent = "Not drawn. Reload the page.";
        });
    });
  }, [key, width, theme]);
  useEffect(() => {
    const el = ref.current;
    return () => {
      forgetDrawing(turn.current);
      // What was never loaded has drawn nothing.
      if (el)
        plotlyOf(transport).then(
          (plotly) => plotly.purge(el),
          () => undefined,
        );
    };
  }, []);
  return <div class="ls-plot" ref={ref} role="img" aria-label={trendText(trend)} />;
}
