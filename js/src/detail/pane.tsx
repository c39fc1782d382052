// One experiment looked at closely: how it stands and why, everything it logged, and its earlier starts.

import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Details, Experiment, Generation } from "../contract.ts";
import type { Shared } from "../shared.ts";
import type { Transport } from "../transport/transport.ts";
import { useDetails } from "./ask.ts";
import { Charts } from "./charts.tsx";
import { Facts, Ledger } from "./facts.tsx";
import { Failure } from "./failure.tsx";
import { Files } from "./files.tsx";
import { Head } from "./head.tsx";
import { lookingBack } from "./past.ts";
import { Starts } from "./starts.tsx";

export function Detail(shared: Shared) {
  const { model, transport, acts } = shared;
  const { id = "", generation = null } = model.view.detail ?? {};
  const newest = transport.state.experiments.get(id);
  const wanted = newest && generation !== newest.generation ? generation : null;
  const moment = `${newest?.generation} ${newest?.status}`;
  const asked = useDetails(transport, newest ? { experiment: id, generation: wanted, whole: false } : null, moment);
  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    // Who came by the keyboard goes on there; a press of the mouse moves no focus.
    if (pane.current?.ownerDocument.activeElement?.getAttribute("role") === "treegrid") pane.current.focus();
  }, [id]);
  const generations = useStarts(id, asked.details);
  if (!newest) return null;
  const close = () => {
    const table = pane.current?.closest(".ls")?.querySelector<HTMLElement>("[role=treegrid]");
    acts.closeDetail();
    table?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  const experiment = wanted === null ? newest : asked.details?.experiment;
  return (
    <section
      ref={pane}
      class="ls-pane ls-detail"
      aria-label={`Details of ${newest.name}`}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <Head experiment={experiment ?? newest} now={shared.now} close={close} />
      {generations.length > 1 && (
        <Starts
          generations={generations}
          chosen={wanted ?? newest.generation}
          newest={newest}
          acts={acts}
          now={shared.now}
        />
      )}
      {asked.problem && <p class="ls-hint">{asked.problem}</p>}
      {!asked.details && !asked.problem && transport.connection.kind === "kernel" && (
        <p class="ls-hint">Earlier starts come from the kernel: while a cell runs, it answers nothing.</p>
      )}
      {experiment && <Body {...shared} experiment={experiment} past={wanted !== null} />}
    </section>
  );
}

/** The starts as they were told last: they stay while another one is fetched, and the focus stays on them. */
function useStarts(id: string, details: Details | null): readonly Generation[] {
  const told = useRef<{ id: string; generations: readonly Generation[] }>({ id, generations: [] });
  if (details) told.current = { id, generations: details.generations };
  return told.current.id === id ? told.current.generations : [];
}

interface BodyProps extends Shared {
  experiment: Experiment;
  past: boolean;
}

function Body({ experiment, past, ...shared }: BodyProps) {
  const { transport, now, kernel } = shared;
  const source: Transport = useMemo(
    () => (past ? lookingBack(transport, experiment) : transport),
    [transport, past && experiment],
  );
  return (
    <div class="ls-detail-body">
      {experiment.error && <Failure error={experiment.error} kernel={kernel} />}
      <div class="ls-detail-columns">
        <Facts experiment={experiment} now={now} past={past} />
        <Ledger experiment={experiment} now={now} />
      </div>
      <Files key={`m${experiment.generation}`} kind="metrics" experiment={experiment} transport={source} past={past} />
      <Files key={`p${experiment.generation}`} kind="params" experiment={experiment} transport={source} past={past} />
      <Charts {...shared} key={experiment.generation} transport={source} experiment={experiment} />
    </div>
  );
}
