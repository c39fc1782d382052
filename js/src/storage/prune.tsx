// Limits by age, number and size; exactly what would go by them, and what stays and why; and the one button that does it.

import { useEffect, useState } from "preact/hooks";
import { formatCount } from "../format.ts";
import { formatBytes } from "./bytes.ts";
import type { Limits, RetentionPlan, Spared } from "./contract.ts";
import { counted, type StorageProps, sentence } from "./desk.tsx";
import { Going } from "./going.tsx";

export const NO_LIMITS: Limits = { older: "", keep: "", max_size: "", project: "", also: [] };
/** Until somebody has typed a number to its end. */
const TYPED = 250;

type Asked = { limits: Limits; plan: RetentionPlan } | { limits: Limits; problem: string };

export function Prune({ storage, acts, model, projects, now, close }: StorageProps) {
  const [limits, setLimits] = useState<Limits>({ ...NO_LIMITS, project: model.project?.repo_url ?? "" });
  const [asked, setAsked] = useState<Asked | null>(null);
  const limited = isLimited(limits);
  useEffect(() => {
    if (!limited) return;
    let here = true;
    const timer = setTimeout(
      () =>
        storage.plan(limits).then(
          (plan) => here && setAsked({ limits, plan }),
          (error) => here && setAsked({ limits, problem: sentence(error) }),
        ),
      TYPED,
    );
    return () => {
      here = false;
      clearTimeout(timer);
    };
    // A run that ends, comes or goes may change what these limits mean.
  }, [limits, model.experiments.length, running(model.experiments)]);
  const change = (to: Partial<Limits>) => setLimits({ ...limits, ...to });
  // What was said of other limits is not what somebody agrees to.
  const fresh = limited && asked?.limits === limits ? asked : null;
  const going = fresh && "plan" in fresh ? fresh.plan.going : [];
  const move = () => {
    close();
    void acts.removeAll(going);
  };
  return (
    <form
      class="ls-so-part"
      aria-label="What may go"
      onSubmit={(event) => {
        event.preventDefault();
        if (going.length > 0) move();
      }}
    >
      <h4>What may go</h4>
      <Fields limits={limits} change={change} repos={reposOf(projects)} />
      <div class="ls-so-said">
        <p role="status">
          {limited
            ? saidOf(fresh)
            : "Set a limit, and see what would go by it. Nothing goes before you press the button."}
        </p>
        <span class="ls-grow" />
        <button type="submit" class="ls-b ls-primary" disabled={going.length === 0}>
          {going.length > 0 ? `Move ${formatCount(going.length)} to the trash` : "Move to the trash"}
        </button>
      </div>
      {fresh && "plan" in fresh && <Going plan={fresh.plan} now={now} />}
    </form>
  );
}

const isLimited = ({ older, keep, max_size }: Limits): boolean => [older, keep, max_size].some((text) => text !== "");

const running = (experiments: readonly { status: string }[]): number =>
  experiments.filter(({ status }) => status === "running").length;

function saidOf(asked: Asked | null) {
  if (!asked) return <span class="ls-dim">Looking…</span>;
  if ("problem" in asked) return <span class="ls-bad-word">{asked.problem}</span>;
  const { going, going_bytes, more, spared } = asked.plan;
  const stay = [
    spared.running > 0 &&
      `${formatCount(spared.running)} ${spared.running === 1 ? "stays, because it runs" : "stay, because they run"}.`,
    spared.pushed > 0 &&
      `${formatCount(spared.pushed)} ${spared.pushed === 1 ? "stays, because it was pushed" : "stay, because they were pushed"}.`,
  ].filter(Boolean);
  if (going.length === 0) return ["Nothing goes by these limits.", ...stay].join(" ");
  return (
    <>
      <b>
        {counted(going.length)}, {formatBytes(going_bytes)}
      </b>
      , would go into the trash{more ? ", and more after these" : ""}, and can be brought back from there for 30 days.{" "}
      {stay.join(" ")}
    </>
  );
}

interface FieldsProps {
  limits: Limits;
  change(to: Partial<Limits>): void;
  repos: readonly [string, string][];
}

function Fields({ limits, change, repos }: FieldsProps) {
  const also = (one: Spared) => (on: boolean) =>
    change({ also: on ? [...limits.also, one] : limits.also.filter((other) => other !== one) });
  return (
    <div class="ls-tk-form ls-so-form">
      <Field label="Older than (days)" hint="90" value={limits.older} set={(older) => change({ older })} />
      <Field label="Keep the newest" hint="20" value={limits.keep} set={(keep) => change({ keep })} />
      <Field
        label="All together at most"
        hint="5 GB"
        value={limits.max_size}
        set={(max_size) => change({ max_size })}
      />
      <label class="ls-tk-field ls-tk-wide">
        In
        <select
          class="ls-in"
          value={limits.project}
          onChange={(event) => change({ project: event.currentTarget.value })}
        >
          <option value="">all projects</option>
          {repos.map(([repo, names]) => (
            <option key={repo} value={repo}>
              {names}
            </option>
          ))}
        </select>
      </label>
      <Also word="Running ones too" on={limits.also.includes("running")} set={also("running")} />
      <Also word="Pushed ones too" on={limits.also.includes("pushed")} set={also("pushed")} />
    </div>
  );
}

function Field({ label, hint, value, set }: { label: string; hint: string; value: string; set(value: string): void }) {
  return (
    <label class="ls-tk-field">
      {label}
      <input
        class="ls-in"
        value={value}
        placeholder={hint}
        maxLength={12}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => set(event.currentTarget.value.trim())}
      />
    </label>
  );
}

const Also = ({ word, on, set }: { word: string; on: boolean; set(on: boolean): void }) => (
  <label class="ls-tk-check">
    <input type="checkbox" checked={on} onChange={(event) => set(event.currentTarget.checked)} />
    {word}
  </label>
);

/** Experiments belong to a repository, which several projects may show. */
function reposOf(projects: StorageProps["projects"]): [string, string][] {
  const names = new Map<string, string[]>();
  for (const { repo_url, name } of projects.values()) names.set(repo_url, [...(names.get(repo_url) ?? []), name]);
  return [...names].map(([repo, those]) => [repo, those.join(", ")]);
}
