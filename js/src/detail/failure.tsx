// What failed a run: class and message, the line that raised, and the whole traceback on demand.

import { useEffect, useState } from "preact/hooks";
import type { Experiment } from "../contract.ts";
import { copyText } from "../copy.ts";
import { Icon } from "../icons.tsx";
import type { Kernel } from "../kernel.ts";
import { framesOf, placeOf, whereOf } from "./trace.ts";

const SAID_FOR = 2000;

interface Props {
  error: NonNullable<Experiment["error"]>;
  kernel: Kernel | null;
}

export function Failure({ error: { type, text, cell, traceback }, kernel }: Props) {
  const go = cell === null ? null : (kernel?.wayTo(cell, type) ?? null);
  return (
    <section class="ls-failure" aria-label="Error">
      <div class="ls-failure-head">
        <p>
          <b>{type}</b>
          {text && `: ${text}`}
        </p>
        <div class="ls-failure-acts">
          {traceback && <Copy text={traceback} />}
          {go && (
            <button type="button" class="ls-b ls-primary" onClick={go}>
              <Icon name="goto" />
              Go to cell In [{cell}]
            </button>
          )}
        </div>
      </div>
      <Trace traceback={traceback ?? ""} cell={cell} />
    </section>
  );
}

/** Where it was raised; how it came there is folded. */
function Trace({ traceback, cell }: { traceback: string; cell: number | null }) {
  const frames = framesOf(traceback);
  const place = placeOf(frames, cell);
  const others = frames.length - 1;
  const beside = frames.at(-1) === place ? "" : ` down to ${frames.at(-1)?.file}`;
  return (
    <>
      {place ? (
        <>
          <p class="ls-mono ls-dim">{whereOf(place, cell)}</p>
          {place.code && (
            <code class="ls-failure-line">
              <span aria-hidden="true">{`---> ${place.line}  `}</span>
              {place.code}
            </code>
          )}
        </>
      ) : (
        cell !== null && <p class="ls-mono ls-dim">In [{cell}]</p>
      )}
      {traceback && (
        <details>
          <summary>
            {others > 0 ? `+ ${others} ${others === 1 ? "frame" : "frames"}${beside}` : "Whole traceback"}
          </summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached with the keys too. */}
          <pre tabIndex={0}>{traceback}</pre>
        </details>
      )}
    </>
  );
}

function Copy({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SAID_FOR);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button type="button" class="ls-b ls-line" onClick={async () => setCopied(await copyText(text))}>
      <Icon name={copied ? "check" : "copy"} />
      {copied ? "Copied" : "Copy traceback"}
    </button>
  );
}
