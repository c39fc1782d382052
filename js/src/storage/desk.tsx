// What the store takes, by what limits some of it may go, and a project as one file.

import { useEffect, useState } from "preact/hooks";
import type { Acts } from "../acts.ts";
import type { Project } from "../contract.ts";
import { formatCount } from "../format.ts";
import type { Model } from "../model.ts";
import { Sure } from "../tokens/list.tsx";
import type { StorageDesk } from "../transport/transport.ts";
import { formatBytes } from "./bytes.ts";
import type { RetentionPlan } from "./contract.ts";
import { OneFile } from "./one_file.tsx";
import { NO_LIMITS, Prune } from "./prune.tsx";

export interface StorageProps {
  storage: StorageDesk;
  acts: Pick<Acts, "removeAll" | "openProject">;
  model: Pick<Model, "project" | "experiments">;
  projects: ReadonlyMap<string, Project>;
  now: number;
  close(): void;
}

const LOOK_EVERY = 10_000;

export function Desk(props: StorageProps) {
  const { storage, model } = props;
  const [store, setStore] = useState<RetentionPlan | null>(null);
  const [problem, setProblem] = useState("");
  const [said, say] = useState("");
  const look = () => storage.plan(NO_LIMITS).then(setStore, (error) => setProblem(sentence(error)));
  useEffect(() => {
    void look();
    const timer = setInterval(() => document.visibilityState === "visible" && void look(), LOOK_EVERY);
    return () => clearInterval(timer);
  }, [storage, model.experiments.length]);
  const empty = async () => {
    setProblem("");
    try {
      const gone = await storage.emptyTrash();
      say(
        gone > 0
          ? `${counted(gone)} ${gone === 1 ? "is" : "are"} gone for good.`
          : "What is in the trash may still log, and stays.",
      );
      await look();
    } catch (error) {
      setProblem(`The trash was not emptied. ${sentence(error)}`);
    }
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached with the keys too. */}
      <div class="ls-tk-body" tabIndex={0}>
        {problem && (
          <p class="ls-tk-problem" role="alert">
            {problem}
          </p>
        )}
        <Takes store={store} empty={() => void empty()} />
        {said && (
          <p class="ls-dim" role="status">
            {said}
          </p>
        )}
        <Prune {...props} />
        <OneFile {...props} />
      </div>
    </>
  );
}

function Takes({ store, empty }: { store: RetentionPlan | null; empty(): void }) {
  if (!store) return <div class="ls-so-takes" />;
  const { experiments, bytes, trash, file } = store;
  return (
    <dl class="ls-so-takes">
      <Figure name={counted(experiments)} value={formatBytes(bytes)} />
      <Figure
        name={`${formatCount(trash.experiments)} in the trash, each for 30 days`}
        value={formatBytes(trash.bytes)}
      >
        {trash.experiments > 0 && (
          <Sure name="the trash" acts={[{ word: "Empty", what: "What is in it is gone for good.", act: empty }]} />
        )}
      </Figure>
      <Figure name="the store's file" value={formatBytes(file.bytes)} />
      {file.free !== null && <Figure name="free on its disk" value={formatBytes(file.free)} />}
      <div class="ls-so-path ls-cut" title={file.path}>
        <dt>It lies at</dt> <dd class="ls-mono">{file.path}</dd>
      </div>
    </dl>
  );
}

interface FigureProps {
  name: string;
  value: string;
  children?: preact.ComponentChildren;
}

const Figure = ({ name, value, children }: FigureProps) => (
  <div>
    <dd>{value}</dd>
    <dt>{name}</dt>
    {children}
  </div>
);

export const counted = (count: number): string => `${formatCount(count)} ${count === 1 ? "experiment" : "experiments"}`;

export const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
