// The top line: which project, how many runs are live, the charts, and how we are connected.

import type { Shared } from "../dashboard.tsx";
import { Icon } from "../icons.tsx";
import { paneOf } from "../view.ts";
import { ConnectionState } from "./connection.tsx";
import { ProjectMenu } from "./project_menu.tsx";

export function Toolbar(shared: Shared) {
  const { model, acts, transport } = shared;
  const pane = paneOf(model.view);
  const counting = model.live > 0 && transport.connection.kind !== "lost";
  return (
    <div class="ls-bar" role="toolbar" aria-label="Live Studio">
      <ProjectMenu {...shared} />
      <button
        type="button"
        class={counting ? "ls-b ls-live-b" : "ls-b"}
        aria-pressed={model.view.liveOnly}
        title={model.view.liveOnly ? "Show all experiments" : "Show only running experiments"}
        onClick={acts.toggleLive}
      >
        <Icon name="live" />
        <span>Live</span>
        <span class="ls-n">{model.live}</span>
      </button>
      <span class="ls-grow" />
      {model.experiments.length > 0 && (
        <>
          <span class="ls-seg">
            <button
              type="button"
              class="ls-b"
              aria-pressed={pane === "plots"}
              aria-label="Plots"
              onClick={() => acts.togglePane("plots")}
            >
              <Icon name="plots" />
              <span class="ls-word">Plots</span>
            </button>
          </span>
          <span class="ls-sep" />
        </>
      )}
      <ConnectionState connection={transport.connection} />
    </div>
  );
}
