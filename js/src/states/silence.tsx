// Somebody waits for rows that do not come: what was turned away last and why, and where to ask further.

import { useEffect, useState } from "preact/hooks";
import type { Project, TokenList } from "../contract.ts";
import { ago } from "../format.ts";
import type { TokenDesk } from "../transport/transport.ts";

interface Props {
  desk: TokenDesk | null;
  project: Project | null;
  now: number;
}

const LOOK_EVERY = 5000;

export function Silence({ desk, project, now }: Props) {
  const [asked, ask] = useState(false);
  return (
    <>
      <p class="ls-silence">
        {project && (
          <>
            {project.connected ? "Connected repository" : "Repository"}: <span class="ls-mono">{project.repo_url}</span>
            .{" "}
          </>
        )}
        <button type="button" class="ls-tk-link" aria-expanded={asked} onClick={() => ask(!asked)}>
          Nothing arrives?
        </button>
      </p>
      {asked && <Told desk={desk} now={now} />}
    </>
  );
}

function Told({ desk, now }: Pick<Props, "desk" | "now">) {
  const [list, setList] = useState<TokenList | null>(null);
  useEffect(() => {
    const look = () => void desk?.list().then(setList, () => undefined);
    look();
    const timer = setInterval(look, LOOK_EVERY);
    return () => clearInterval(timer);
  }, [desk]);
  const refused = list?.last_refusal;
  return (
    <p class="ls-silence" role="status">
      {refused
        ? `Last request ${ago(now - Date.parse(refused.time))} from ${refused.address}: ${refused.status}, ${refused.detail} `
        : "No request was turned away here. "}
      In a terminal <span class="ls-mono">jupyter live-studio doctor</span> says what is where and what to do, and in a
      notebook <span class="ls-mono">%live_studio doctor</span>.
    </p>
  );
}
