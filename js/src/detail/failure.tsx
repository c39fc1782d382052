// What failed a run: class and message, the cell, the traceback.

import { useEffect, useState } from "preact/hooks";
import type { Experiment } from "../contract.ts";
import { copyText } from "../copy.ts";
import { Icon } from "../icons.tsx";
import type { Kernel } from "../kernel.ts";

const SAID_FOR = 2000;

interface Props {
  error: NonNullable<Experiment["error"]>;
  kernel: Kernel | null;
}

export function Failure({ error: { type, text, cell, traceback }, kernel }: Props) {
  const go = cell === null ? null : (kernel?.wayTo(cell, type) ?? null);
  return (
    <section class="ls-failure" aria-label="Error">
      <p>
        <b>{type}</b>
        {text && `: ${text}`}
      </p>
      {cell !== null && <p class="ls-mono ls-dim">In [{cell}]</p>}
      {traceback && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached with the keys too.
        <pre tabIndex={0}>{traceback}</pre>
      )}
      <div class="ls-failure-acts">
        {traceback && <Copy text={traceback} />}
        {go && (
          <button type="button" class="ls-b ls-line" onClick={go}>
            <Icon name="goto" />
            Go to cell In [{cell}]
          </button>
        )}
      </div>
    </section>
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
