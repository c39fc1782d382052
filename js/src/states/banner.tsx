// A line above the table when its values are not live: what happened, what it means for the data, what to do.

import type { Trouble } from "../contract.ts";
import { clockTime, dateTime } from "../format.ts";
import { useTick } from "../hooks.ts";
import { Icon } from "../icons.tsx";
import type { Shared } from "../shared.ts";
import type { Connection, Transport } from "../transport/transport.ts";
import { ConnectKernel } from "./connect.tsx";
import { GoneBanner } from "./gone.tsx";

export function Banner({ transport, gone, kernel, acts }: Shared) {
  const { connection } = transport;
  if (connection.kind === "lost") return <Lost connection={connection} transport={transport} />;
  if (connection.kind === "snapshot") return <Snapshot transport={transport} />;
  const { trouble } = transport.state;
  if (trouble) return <StoreTrouble trouble={trouble} />;
  if (gone) return <GoneBanner gone={gone} kernel={kernel} acts={acts} />;
  return transport.host ? <ConnectKernel host={transport.host} /> : null;
}

interface LostProps {
  connection: Extract<Connection, { kind: "lost" }>;
  transport: Transport;
}

function Lost({ connection, transport }: LostProps) {
  useTick(1000);
  const seconds = Math.max(0, Math.ceil((connection.retryAt - transport.now()) / 1000));
  const next = seconds > 0 ? `Next try in ${seconds} s.` : "Trying now.";
  return (
    <div class="ls-banner" role="status">
      <Icon name="unplug" />
      <span>
        <b>Connection lost at {clockTime(connection.since)}.</b> Training goes on and nothing is lost.{" "}
        {connection.signIn ? "The session has ended: reload the page to sign in." : next}
      </span>
      <span class="ls-grow" />
      <button type="button" class="ls-b ls-line" onClick={() => transport.retry()}>
        Try now
      </button>
    </div>
  );
}

function StoreTrouble({ trouble }: { trouble: Trouble }) {
  const { heading, bad } = wordsOf(trouble);
  return (
    <div class={bad ? "ls-banner ls-bad" : "ls-banner"} role="status">
      <Icon name="store" />
      <span>
        <b>{heading}</b> {trouble.text}
      </span>
    </div>
  );
}

function wordsOf({ kind, since }: Trouble): { heading: string; bad: boolean } {
  const time = clockTime(Date.parse(since));
  switch (kind) {
    case "damaged":
    case "restored":
    case "replaced":
      return { heading: `The store was mended at ${time}.`, bad: false };
    case "cut":
      return { heading: "A part of the store may be missing.", bad: true };
    case "elsewhere":
      return { heading: "Experiments are kept on this machine's own disk.", bad: false };
    case "memory":
      return { heading: "Nothing is saved for good.", bad: true };
    default:
      return { heading: `Nothing has been stored since ${time}.`, bad: true };
  }
}

function Snapshot({ transport }: { transport: Transport }) {
  const saved = transport.state.now;
  return (
    <div class="ls-banner" role="status">
      <Icon name="camera" />
      <span>
        <b>Saved snapshot</b>
        {saved && ` of ${dateTime(Date.parse(saved))}`}. It does not update.
      </span>
      <span class="ls-grow" />
      <span class="ls-dim">
        Run <span class="ls-mono">%live_studio</span> to go live
      </span>
    </div>
  );
}
