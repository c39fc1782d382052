// One dashboard: toolbar, table, charts, footer. It holds the view and hands everybody what they draw.

import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { Acts, type Notice } from "./acts.ts";
import { Announcer } from "./announcer.tsx";
import type { Bookmark } from "./bookmark.ts";
import { Compare } from "./compare/compare.tsx";
import { Detail } from "./detail/pane.tsx";
import { Footer } from "./footer.tsx";
import { Front } from "./front.ts";
import { Deaths } from "./gone.ts";
import { useKernel, useTick, useTransport } from "./hooks.ts";
import type { Kernel } from "./kernel.ts";
import { isUndo, keepFromNotebook } from "./keyboard.ts";
import { type Model, Modeller } from "./model.ts";
import { Pane } from "./plots/pane.tsx";
import type { Shared } from "./shared.ts";
import { Splitter } from "./splitter.tsx";
import { Banner } from "./states/banner.tsx";
import { Empty } from "./states/empty.tsx";
import { NoMatch } from "./states/no_match.tsx";
import { Toast } from "./states/toast.tsx";
import { measureText } from "./table/measure.ts";
import { Table } from "./table/table.tsx";
import { recolour } from "./theme.ts";
import { Chips } from "./toolbar/chips.tsx";
import { Toolbar } from "./toolbar/toolbar.tsx";
import { answers, type Transport } from "./transport/transport.ts";
import { Trends } from "./trends/pane.tsx";
import { newView, paneOf, type View } from "./view.ts";

interface Props {
  transport: Transport;
  project: string;
  page: boolean;
  bookmark: Bookmark | null;
  kernel: Kernel | null;
}

const SECOND = 1000;

export function Dashboard({ transport, project, page, bookmark, kernel }: Props) {
  useTransport(transport);
  useKernel(kernel);
  const [notice, setNotice] = useState<Notice | null>(null);
  const [model, change] = useModel(transport, bookmark?.project || project);
  const acts = useMemo(() => new Acts(change, transport, setNotice, bookmark), [transport]);
  const front = useMemo(() => new Front(), []);
  useTick(model.experiments.some(({ status }) => status === "running") ? SECOND : 15 * SECOND);
  const deaths = useMemo(() => new Deaths(), []);
  const died = deaths.of(model.experiments);
  const gone = died === model.view.dismissed ? null : died;
  const shared: Shared = { transport, model, acts, front, now: transport.now(), page, kernel, gone };
  const { hues } = model.view.arrangement;
  useLayoutEffect(recolour, [hues]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (notice && "id" in notice && isUndo(event)) {
      event.preventDefault();
      event.stopPropagation();
      void acts.undo(notice);
    }
    keepFromNotebook(event);
  };
  return (
    <section class="ls" aria-label="Live experiments" data-palette={hues} onKeyDown={onKeyDown}>
      <Toolbar {...shared} />
      <Chips {...shared} />
      <Banner {...shared} />
      <Main {...shared} />
      <Footer {...shared} />
      <Announcer {...shared} />
      {notice && <Toast notice={notice} acts={acts} close={() => setNotice(null)} />}
    </section>
  );
}

/** The model of this moment, and the way to change the view under it. */
function useModel(transport: Transport, project: string): [Model, (change: (view: View) => View) => void] {
  const [view, setView] = useState(() => newView(project));
  const modeller = useMemo(() => new Modeller(measureText), []);
  const model = modeller.model(transport.state, view, transport.now());
  const latest = useRef(model.view);
  latest.current = model.view;
  const [, again] = useReducer((turn: number) => turn + 1, 0);
  useEffect(() => {
    if (!model.unfinished) return;
    const goOn = () => {
      if (modeller.learn()) again(undefined);
      else rest = setTimeout(goOn, 0);
    };
    let rest = setTimeout(goOn, 0);
    return () => clearTimeout(rest);
  });
  // What arrived may have changed the view too: a new run selects itself. Keep that for the next drawing.
  useLayoutEffect(() => setView(latest.current));
  const change = useMemo(() => (step: (view: View) => View) => setView(step), []);
  return [model, change];
}

function Main(shared: Shared) {
  const { model, transport, page } = shared;
  if (model.experiments.length === 0) {
    return transport.state.complete ? <Empty {...shared} server={answers(transport)} /> : <div class="ls-loading" />;
  }
  const pane = paneOf(model.view);
  return (
    <div class={pane ? "ls-main ls-open" : "ls-main"}>
      <div class="ls-left">
        {model.rows.length > 0 ? <Table {...shared} /> : <NoMatch model={model} acts={shared.acts} />}
      </div>
      {pane && !page && <Splitter acts={shared.acts} />}
      {pane === "plots" && <Pane {...shared} />}
      {pane === "compare" && <Compare {...shared} />}
      {pane === "trends" && <Trends {...shared} />}
      {pane === "experiment" && <Detail {...shared} />}
    </div>
  );
}
