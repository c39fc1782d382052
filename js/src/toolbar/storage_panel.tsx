// What the store takes, what of it may go, and a project as one file. Few look at it, so it is loaded when somebody does.

import { Dialog } from "../dialog.tsx";
import { Lazy } from "../lazy.tsx";
import type { Shared } from "../shared.ts";
import type { StorageProps } from "../storage/desk.tsx";

export function StoragePanel({ model, acts, transport, now, close }: Shared & { close(): void }) {
  const { storage } = transport;
  return (
    <Dialog label="Storage" icon="store" purpose="what experiments take, and what may go" close={close}>
      {storage ? (
        <Lazy<StorageProps>
          file={STORAGE}
          transport={transport}
          props={{ storage, acts, model, projects: transport.state.projects, now, close }}
        />
      ) : (
        <div class="ls-tk-body">
          <p>
            <b>This dashboard comes through the kernel.</b> What its store takes, and what may go, is said and done in a
            terminal of the kernel's machine.
          </p>
          <div class="ls-snip">{COMMANDS}</div>
        </div>
      )}
    </Dialog>
  );
}

const COMMANDS = `jupyter live-studio prune --older 90d --dry-run
jupyter live-studio export PROJECT FILE
jupyter live-studio import FILE`;
