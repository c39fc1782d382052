// A project leaves in one file, and comes in from one: with an answer that says what came and what was here already.

import { useRef, useState } from "preact/hooks";
import { downloadFile } from "../arrange/csv.ts";
import { formatCount } from "../format.ts";
import { Icon } from "../icons.tsx";
import { formatBytes } from "./bytes.ts";
import type { Arrival } from "./contract.ts";
import { counted, type StorageProps, sentence } from "./desk.tsx";

type State = { kind: "idle" } | { kind: "busy" | "done" | "failed"; text: string } | { kind: "came"; arrival: Arrival };

const NAMED = 3;

export function OneFile({ storage, acts, model: { project }, close }: StorageProps) {
  const [state, set] = useState<State>({ kind: "idle" });
  const field = useRef<HTMLInputElement>(null);
  const busy = state.kind === "busy";
  const save = async () => {
    if (!project) return;
    set({ kind: "busy", text: `Writing ${project.name} into a file…` });
    try {
      const file = await storage.export(project.id);
      const name = `${project.name.replaceAll("/", "-")}.live-studio`;
      downloadFile(name, file);
      set({ kind: "done", text: `${name}, ${formatBytes(file.size)}, was handed to the browser.` });
    } catch (error) {
      set({ kind: "failed", text: `${project.name} was not saved. ${sentence(error)}` });
    }
  };
  const open = (id: string) => {
    acts.openProject(id);
    close();
  };
  const take = async (file: File) => {
    set({ kind: "busy", text: `Taking in ${file.name}, ${formatBytes(file.size)}…` });
    try {
      set({ kind: "came", arrival: await storage.import(file) });
    } catch (error) {
      set({ kind: "failed", text: `${file.name} was not taken in. ${sentence(error)}` });
    }
    if (field.current) field.current.value = "";
  };
  return (
    <section class="ls-so-part" aria-label="One file">
      <h4>A project in one file</h4>
      <p class="ls-dim">
        All that was logged, every start, pictures, plots and saved views. Tokens and folders of this machine are not in
        it.
      </p>
      <div class="ls-so-acts">
        {project && (
          <button type="button" class="ls-b ls-line" disabled={busy} onClick={() => void save()}>
            <Icon name="export" />
            <span class="ls-cut">Save {project.name} as a file</span>
          </button>
        )}
        <button type="button" class="ls-b ls-line" disabled={busy} onClick={() => field.current?.click()}>
          <Icon name="plus" />
          Take in a file
        </button>
        <input
          ref={field}
          type="file"
          class="ls-vh"
          tabIndex={-1}
          aria-label="A project's file"
          accept=".live-studio,.lsb,.db"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file) void take(file);
          }}
        />
      </div>
      {state.kind === "failed" ? (
        <p class="ls-tk-problem" role="alert">
          {state.text}
        </p>
      ) : (
        <p role="status">
          {"text" in state && state.text}
          {state.kind === "came" && <Came {...state.arrival} open={open} />}
        </p>
      )}
    </section>
  );
}

function Came({ taken, names, there, in_trash, projects, open }: Arrival & { open(id: string): void }) {
  const more = taken > NAMED ? ` and ${formatCount(taken - NAMED)} more` : "";
  const listed = taken > 0 ? `: ${names.slice(0, NAMED).join(", ")}${more}` : "";
  return (
    <>
      <b>{taken > 0 ? `${counted(taken)} came in` : "Nothing new came in"}</b>
      {listed}.{" "}
      {there > 0 && `${formatCount(there)} ${there === 1 ? "was" : "were"} here already, and stayed as they are. `}
      {in_trash > 0 && `${formatCount(in_trash)} of them ${in_trash === 1 ? "lies" : "lie"} in the trash here. `}
      {projects.map(({ id, name }) => (
        <button key={id} type="button" class="ls-tk-link" onClick={() => open(id)}>
          Open {name}
        </button>
      ))}
    </>
  );
}
