// The key in the toolbar, and the panel it opens.

import { useState } from "preact/hooks";
import { Icon } from "../icons.tsx";
import type { Shared } from "../shared.ts";
import { TokensPanel } from "../tokens/panel.tsx";

export function TokensButton(shared: Shared) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="ls-b"
        aria-label="Tokens"
        aria-haspopup="dialog"
        title="Tokens: let scripts, remote machines and CI send experiments here"
        onClick={() => setOpen(true)}
      >
        <Icon name="key" />
      </button>
      {open && <TokensPanel {...shared} close={() => setOpen(false)} />}
    </>
  );
}
