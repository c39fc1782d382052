// A line at the bottom that goes by itself: what was done, and the way back.

import { useEffect, useState } from "preact/hooks";
import type { Acts, Notice } from "../acts.ts";
import { Icon } from "../icons.tsx";

interface Props {
  notice: Notice;
  acts: Acts;
  close(): void;
}

const LASTS = 8000;

export function Toast({ notice, acts, close }: Props) {
  const [held, hold] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(close, LASTS);
    return () => clearTimeout(timer);
  }, [notice, held]);
  const stop = () => hold(true);
  const go = () => hold(false);
  return (
    <div class="ls-toast" role="status" onMouseEnter={stop} onMouseLeave={go} onFocusIn={stop} onFocusOut={go}>
      <Text notice={notice} acts={acts} />
      <button type="button" class="ls-icon-b" aria-label="Close" onClick={close}>
        <Icon name="x" small />
      </button>
    </div>
  );
}

const SAID = {
  deleted: (name: string) => `Deleted ${name}`,
  "deleted all": (name: string) => `Deleted ${name}`,
  project: (name: string) => `Deleted project ${name}; its experiments stay`,
  stopped: (name: string) => `Marked ${name} as stopped`,
  hidden: (name: string) => `Hid ${name}`,
};

function Text({ notice, acts }: Omit<Props, "close">) {
  // A sentence says at its end what to do: it takes a second line where it must.
  if (!("id" in notice)) return <span>{notice.text}</span>;
  return (
    <>
      <span class="ls-cut">{SAID[notice.kind](notice.name)}</span>
      <button type="button" class="ls-b" onClick={() => acts.undo(notice)}>
        Undo
      </button>
    </>
  );
}
