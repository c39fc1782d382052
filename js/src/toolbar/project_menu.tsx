// The project's name; a menu where there is more than one.

import { useState } from "preact/hooks";
import type { Shared } from "../dashboard.tsx";
import { useDismiss } from "../hooks.ts";
import { Icon } from "../icons.tsx";

export function ProjectMenu({ model, transport, acts }: Shared) {
  const [open, setOpen] = useState(false);
  const ref = useDismiss(() => setOpen(false));
  const projects = [...transport.state.projects.values()];
  const name = model.project?.name ?? "Live Studio";
  if (projects.length < 2) {
    return (
      <span class="ls-b ls-still">
        <span class="ls-project ls-cut">{name}</span>
      </span>
    );
  }
  const choose = (id: string) => {
    acts.openProject(id);
    setOpen(false);
  };
  return (
    <div class="ls-holder" ref={ref}>
      <button type="button" class="ls-b" aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span class="ls-project ls-cut">{name}</span>
        <Icon name="down" small />
      </button>
      {open && (
        <div class="ls-pop ls-menu" role="menu" aria-label="Projects">
          {projects.map(({ id, name: label, repo_url }) => (
            <button
              type="button"
              key={id}
              class="ls-mi"
              role="menuitemradio"
              aria-checked={id === model.project?.id}
              title={repo_url}
              onClick={() => choose(id)}
            >
              <span class="ls-mi-mark">{id === model.project?.id && <Icon name="check" small />}</span>
              <span class="ls-cut">{label}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
