// Params or metrics in full, by file. What was cut for the table is fetched when somebody asks for it.

import { useState } from "preact/hooks";
import type { Experiment, Value } from "../contract.ts";
import { type Field, fieldsOf } from "../flat.ts";
import { toNumber } from "../format.ts";
import type { Transport } from "../transport/transport.ts";
import { useDetails } from "./ask.ts";

interface Props {
  kind: "metrics" | "params";
  experiment: Experiment;
  transport: Transport;
  past: boolean;
}

type Entry = [Field, Value];

export function Files({ kind, experiment, transport, past }: Props) {
  const [whole, wantWhole] = useState(false);
  const { id, generation } = experiment;
  const request = whole ? { experiment: id, generation: past ? generation : null, whole } : null;
  const asked = useDetails(transport, request, "");
  const shown = asked.details ? { ...experiment, [kind]: asked.details.experiment[kind], cut: [] } : experiment;
  const cut = shown.cut.filter(([of]) => of === kind);
  return (
    <>
      {[...byFile(shown, kind)].map(([file, entries]) => (
        <section key={file} class="ls-held" aria-label={file}>
          <h4>
            <span class="ls-cut" title={file}>
              {file}
            </span>
            <span class="ls-dim">{kind}</span>
          </h4>
          <dl>
            {entries.map(([field, value]) => (
              <Line key={field.key} field={field} value={value} />
            ))}
          </dl>
        </section>
      ))}
      {cut.length > 0 && (
        <p class="ls-hint ls-held-more">
          <button type="button" class="ls-b ls-line" disabled={whole && !asked.problem} onClick={() => wantWhole(true)}>
            {whole && !asked.problem ? "Asked for all of it" : `Show long ${kind} in full`}
          </button>
          {asked.problem && <span>{asked.problem}</span>}
        </p>
      )}
    </>
  );
}

function byFile(experiment: Experiment, kind: Props["kind"]): Map<string, Entry[]> {
  const files = new Map<string, Entry[]>();
  for (const [field, value] of fieldsOf(experiment)) {
    if (`${field.kind}s` !== kind) continue;
    const known = files.get(field.file);
    if (known) known.push([field, value]);
    else files.set(field.file, [[field, value]]);
  }
  return files;
}

function Line({ field: { path }, value }: { field: Field; value: Value }) {
  const at = path.lastIndexOf("/") + 1;
  return (
    <>
      <dt class="ls-cut" title={path}>
        <span class="ls-dim">{path.slice(0, at)}</span>
        {path.slice(at)}
      </dt>
      <dd>{written(value)}</dd>
    </>
  );
}

/** Every digit there is. */
function written(value: Value): string {
  const number = toNumber(value);
  if (number !== null) return String(number).replace("Infinity", "∞").replaceAll("-", "−");
  return typeof value === "string" ? value : JSON.stringify(value);
}
