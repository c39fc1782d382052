// What a new token is to be: a name, an end, and perhaps one project only.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Project, TokenWish } from "../contract.ts";

interface Props {
  projects: readonly Project[];
  busy: boolean;
  create(wish: TokenWish): void;
  cancel: (() => void) | null;
}

const LASTS: [string, number | null][] = [
  ["30 days", 30],
  ["90 days", 90],
  ["1 year", 365],
  ["never", null],
];

export function NewToken({ projects, busy, create, cancel }: Props) {
  const [name, setName] = useState("");
  const [days, setDays] = useState<number | null>(90);
  const [project, setProject] = useState("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    if (!busy) create({ name: name.trim() || "token", expires_days: days, project: project || null });
  };
  return (
    <form class="ls-tk-form" onSubmit={submit}>
      <label class="ls-tk-field ls-tk-wide">
        Name
        <input
          ref={input}
          class="ls-in"
          value={name}
          maxLength={80}
          placeholder="where it will be used, such as gpu-box"
          autocomplete="off"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label class="ls-tk-field">
        Expires
        <select
          class="ls-in"
          value={String(days)}
          onChange={(event) => setDays(LASTS[event.currentTarget.selectedIndex]?.[1] ?? null)}
        >
          {LASTS.map(([word, value]) => (
            <option key={word} value={String(value)}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <label class="ls-tk-field">
        May send
        <select class="ls-in" value={project} onChange={(event) => setProject(event.currentTarget.value)}>
          <option value="">every project</option>
          {projects.map(({ id, name: label }) => (
            <option key={id} value={id}>
              {label} only
            </option>
          ))}
        </select>
      </label>
      <div class="ls-tk-go">
        <button type="submit" class="ls-b ls-primary" disabled={busy}>
          Create
        </button>
        {cancel && (
          <button type="button" class="ls-b" onClick={cancel}>
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}
