// Where a run stands in time and in Git, and what became of everything it sent.

import type { ComponentChildren } from "preact";
import type { Experiment } from "../contract.ts";
import { ago, clockTime, dateTime, formatCount } from "../format.ts";
import { contact } from "../status.ts";

interface Props {
  experiment: Experiment;
  now: number;
}

const CONTACT = { live: "in contact", stale: "silent for longer than usual", lost: "out of contact" };

export function Facts({ experiment, now, past }: Props & { past: boolean }) {
  const { status, detail, started_at, ended_at, updated_at, heard_at, step, message, client } = experiment;
  const { experiment_rev, place, subdir } = experiment;
  return (
    <List title="Run">
      {detail && detail !== experiment.error?.type && <Fact name="Reason">{detail}</Fact>}
      {status === "running" && !past && (
        <Fact name="Contact">{`${CONTACT[contact(experiment, now)]}, last heard ${ago(now - Date.parse(heard_at))}`}</Fact>
      )}
      <Fact name="Started">{moment(started_at)}</Fact>
      {ended_at && <Fact name="Ended">{moment(ended_at)}</Fact>}
      <Fact name="Last value">{moment(updated_at)}</Fact>
      {step !== null && <Fact name="Last step">{formatCount(step)}</Fact>}
      {message && <Fact name="Message">{message}</Fact>}
      <Fact name="Logged by">{client}</Fact>
      {subdir && <Fact name="Folder">{subdir}</Fact>}
      {experiment_rev && <Fact name="Saved as">{experiment_rev.slice(0, 7)}</Fact>}
      {place.kind === "detached" && place.reason && (
        <Fact name="Detached">
          {place.reason}. {place.advice}
        </Fact>
      )}
    </List>
  );
}

export function Ledger({ experiment: { ledger }, now }: Props) {
  const { received, repaired, duplicate, refused, refusal } = ledger;
  return (
    <List title="Received">
      <Fact name="Stored" title="Points that arrived and were stored.">
        {plural(received, "point")}
      </Fact>
      <Fact
        name="Repaired"
        title="Kept after a change: a value that came as text, an address that carried a password, a record torn by the end of its process."
      >
        {none(repaired)}
      </Fact>
      <Fact name="Duplicate" title="Points that were sent again; dropped, because they are here already.">
        {duplicate === 0 ? none(0) : `${plural(duplicate, "point")} dropped`}
      </Fact>
      <Fact name="Refused" title="Requests about this experiment that were turned away.">
        {refused === 0 ? none(0) : plural(refused, "request")}
      </Fact>
      {refusal && (
        <Fact name="Last refusal">
          {`${refusal.status}, ${ago(now - Date.parse(refusal.time))}: ${refusal.detail}`}
        </Fact>
      )}
    </List>
  );
}

function List({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="ls-facts" aria-label={title}>
      <h4>{title}</h4>
      <dl>{children}</dl>
    </section>
  );
}

function Fact({ name, title, children }: { name: string; title?: string; children: ComponentChildren }) {
  return (
    <>
      <dt {...(title && { title })}>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

const none = (count: number) => (count === 0 ? <span class="ls-dim">none</span> : formatCount(count));

const plural = (count: number, noun: string): string => `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

/** The day and the second. */
const moment = (time: string): string => {
  const at = Date.parse(time);
  return `${dateTime(at).split(", ")[0]}, ${clockTime(at)}`;
};
