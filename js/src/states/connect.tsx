// The kernel keeps its own store, and a server is here: one press, and its runs go to the server from then on.

import { Icon } from "../icons.tsx";
import type { Host } from "../transport/transport.ts";

export function ConnectKernel({ host }: { host: Host }) {
  const at = host.state;
  if (at === "together") {
    return (
      <div class="ls-banner" role="status">
        <Icon name="plug" />
        <span>
          <b>Connected.</b> What this kernel logs from now on goes to this server.
        </span>
        <span class="ls-grow" />
        <a class="ls-b ls-line" href={host.address} target="_blank" rel="noopener noreferrer">
          Open its dashboard
        </a>
      </div>
    );
  }
  return (
    <div class="ls-banner" role="status">
      <Icon name="unplug" />
      <span>
        {typeof at === "object" ? (
          <>
            <b>Not connected.</b> {at.problem}
          </>
        ) : at === "going" ? (
          "Connecting. A kernel that runs a cell answers when the cell ends."
        ) : (
          <>
            <b>This kernel keeps its own store.</b> Connected, it sends its open and coming runs to this server, where
            they stay in view after a reload. Ended ones stay in its store.
          </>
        )}
      </span>
      <span class="ls-grow" />
      <button type="button" class="ls-b ls-line" disabled={at === "going"} onClick={() => void host.connect()}>
        Connect this kernel
      </button>
    </div>
  );
}
