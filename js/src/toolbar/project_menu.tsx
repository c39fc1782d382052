// The project's name; a menu where there is more than one.

import { useMemo, useRef, useState } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { Menu } from "../menu.tsx";
import { type ProjectLabel, projectLabels } from "../projects.ts";
import type { Shared } from "../shared.ts";
import { ProjectItems } from "./project_items.tsx";
import { ProjectPanel } from "./project_panel.tsx";
import { StoragePanel } from "./storage_panel.tsx";
import { TrashPanel } from "./trash_panel.tsx";

export function ProjectMenu(shared: Shared) {
  const { model, transport, acts } = shared;
  const { panel } = model.view;
  const [open, setOpen] = useState<"first" | "last" | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { projects } = transport.state;
  const labels = useMemo(() => projectLabels([...projects.values()]), [projects]);
  const chosen = labels.get(model.project?.id ?? "") ?? { name: "Live Studio", beside: "" };
  // Nobody is behind a saved notebook.
  const saved = transport.connection.kind === "snapshot";
  if (projects.size < 2 && saved) {
    return (
      <span class="ls-b ls-still">
        <Label {...chosen} />
      </span>
    );
  }
  const close = (back: boolean) => {
    setOpen(null);
    if (back) button.current?.focus({ preventScroll: true });
  };
  const choose = (id: string) => {
    acts.openProject(id);
    close(true);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    setOpen(event.key === "ArrowDown" ? "first" : "last");
  };
  return (
    <div class="ls-holder">
      <button
        ref={button}
        type="button"
        class="ls-b"
        aria-haspopup="menu"
        aria-expanded={open !== null}
        onClick={() => setOpen(open === null ? "first" : null)}
        onKeyDown={onKeyDown}
      >
        <Label {...chosen} />
        <Icon name="down" small />
      </button>
      {open && (
        <Menu label="Projects" close={close} opener={button.current} from={open}>
          {[...projects.values()].map(({ id, repo_url }) => (
            <button
              type="button"
              key={id}
              class="ls-mi"
              role="menuitemradio"
              tabIndex={-1}
              aria-checked={id === model.project?.id}
              title={repo_url}
              onClick={() => choose(id)}
            >
              <span class="ls-mi-mark">{id === model.project?.id && <Icon name="check" small />}</span>
              <Label {...(labels.get(id) ?? { name: id, beside: "" })} />
            </button>
          ))}
          {!saved && <ProjectItems {...shared} close={close} />}
        </Menu>
      )}
      {(panel === "project" || panel === "new project") && <ProjectPanel {...shared} opener={button.current} />}
      {panel === "trash" && <TrashPanel {...shared} opener={button.current} />}
      {panel === "storage" && <StoragePanel {...shared} close={() => acts.openPanel(null)} />}
    </div>
  );
}

function Label({ name, beside }: ProjectLabel) {
  return (
    <>
      <span class="ls-project ls-cut" title={name}>
        {name}
      </span>
      {beside && <span class="ls-project-beside ls-dim ls-cut">{beside}</span>}
    </>
  );
}
