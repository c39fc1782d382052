// What can be done with projects, at the end of their menu.

import { Icon, type IconName } from "../icons.tsx";
import type { Shared } from "../shared.ts";

export function ProjectItems({ model, acts, transport, close }: Shared & { close(back: boolean): void }) {
  const { project } = model;
  const storage = <Item icon="store" word="Storage" act={() => acts.openPanel("storage")} close={close} />;
  const rule = transport.state.projects.size > 0 && <hr class="ls-rule" />;
  if (!transport.actions) {
    return (
      <>
        {rule}
        {storage}
      </>
    );
  }
  return (
    <>
      {rule}
      {project?.connected && (
        <Item icon="reload" word="Reload from the remote" act={() => acts.reload(project)} close={close} />
      )}
      {project && <Item icon="more" word="Project settings" act={() => acts.openPanel("project")} close={close} />}
      <Item icon="plus" word="New project" act={() => acts.openPanel("new project")} close={close} />
      <Item icon="trash" word="Delete and restore runs" act={() => acts.openPanel("trash")} close={close} />
      {storage}
      {project && <Item icon="x" word="Delete this project" act={() => acts.removeProject(project)} close={close} />}
    </>
  );
}

interface ItemProps {
  icon: IconName;
  word: string;
  act(): unknown;
  close(back: boolean): void;
}

function Item({ icon, word, act, close }: ItemProps) {
  const go = () => {
    close(true);
    void act();
  };
  return (
    <button type="button" class="ls-mi" role="menuitem" tabIndex={-1} onClick={go}>
      <span class="ls-mi-mark">
        <Icon name={icon} small />
      </span>
      {word}
    </button>
  );
}
