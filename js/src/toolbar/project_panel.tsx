// A project's own settings, and the same form for a new one.

import { useState } from "preact/hooks";
import type { Project } from "../contract.ts";
import { Panel } from "../panel.tsx";
import type { Shared } from "../shared.ts";

export function ProjectPanel({ model, acts, opener }: Shared & { opener: Element | null }) {
  const fresh = model.view.panel === "new project";
  const project = fresh ? null : model.project;
  const [name, setName] = useState(project?.name ?? "");
  const [subdir, setSubdir] = useState(project?.subdir ?? "");
  const [path, setPath] = useState("");
  const [busy, setBusy] = useState(false);
  const close = () => acts.openPanel(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const done = project
      ? await acts.changeProject(project, changeOf(project, name, subdir, path))
      : await acts.makeProject({ ...(name.trim() && { name }), path: path.trim(), ...(subdir.trim() && { subdir }) });
    setBusy(false);
    if (done) close();
  };
  return (
    <Panel label={project ? "Project" : "New project"} opener={opener} close={close}>
      <form onSubmit={submit}>
        <div class="ls-panel-head">
          <b>{project ? "Project" : "New project"}</b>
        </div>
        <div class="ls-form">
          <Field label="Name" value={name} set={setName} {...(!project && { hint: "as the repository" })} />
          <Field label="Folder in it" value={subdir} set={setSubdir} hint="all of it" />
          <Field
            label="Clone"
            value={path}
            set={setPath}
            hint={
              project
                ? project.connected
                  ? "connected; another folder connects that one"
                  : "not connected"
                : "/home/me/project"
            }
          />
          <span class="ls-form-note">
            {project?.trouble ??
              "A folder on the machine of this server. Commits are read from it, and nothing is written."}
          </span>
        </div>
        <div class="ls-panel-foot">
          <span class="ls-cut">{project?.repo_url}</span>
          <span class="ls-grow" />
          <button type="submit" class="ls-b ls-primary" disabled={busy || (!project && path.trim() === "")}>
            {project ? "Save" : "Make project"}
          </button>
        </div>
      </form>
    </Panel>
  );
}

function changeOf(project: Project, name: string, subdir: string, path: string) {
  return {
    ...(name.trim() !== project.name && { name }),
    ...(subdir.trim() !== (project.subdir ?? "") && { subdir: subdir.trim() || null }),
    ...(path.trim() && { path: path.trim() }),
  };
}

interface FieldProps {
  label: string;
  value: string;
  hint?: string;
  set(value: string): void;
}

function Field({ label, value, hint, set }: FieldProps) {
  const id = `ls-field-${label.replace(/\W/g, "")}`;
  return (
    <>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        spellcheck={false}
        autocomplete="off"
        value={value}
        {...(hint && { placeholder: hint })}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </>
  );
}
