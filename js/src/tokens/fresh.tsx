// A secret that was just made, the only time it is seen, and what to paste where the experiment runs.

import { useEffect, useRef, useState } from "preact/hooks";
import type { IssuedToken } from "../contract.ts";
import { copyText } from "../copy.ts";
import { Icon } from "../icons.tsx";
import { isLoopback, recipes, repoToType } from "./recipes.ts";

interface Props {
  issued: IssuedToken;
  address: string;
  repoUrl: string | undefined;
}

export function Fresh({ issued, address, repoUrl }: Props) {
  const [hidden, hide] = useState(false);
  const [chosen, choose] = useState(0);
  const [outsideGit, setOutsideGit] = useState(false);
  const [tryWay, setTryWay] = useState(false);
  const { token, name } = issued;
  const repo = repoToType(issued.repo_url ?? repoUrl);
  const all = recipes({ address, token: hidden ? "•".repeat(12) : token, repo, outsideGit, tryWay });
  const shown = all[chosen];
  const pasted = recipes({ address, token, repo, outsideGit, tryWay })[chosen]?.code ?? "";
  return (
    <section class="ls-tk-new" aria-label={`New token ${name}`}>
      <p class="ls-tk-once">
        <b>
          New token “<span class="ls-tk-name">{name}</span>”
        </b>{" "}
        <span class="ls-dim">shown once, copy it now</span>
      </p>
      <div class="ls-tk-secret">
        <code>{hidden ? "•".repeat(24) : token}</code>
        <button type="button" class="ls-b" onClick={() => hide(!hidden)}>
          <Icon name={hidden ? "eye" : "eyeoff"} />
          {hidden ? "Show" : "Hide"}
        </button>
        <CopyButton text={token} focused primary />
      </div>
      <Tabs names={all.map((recipe) => recipe.name)} chosen={chosen} choose={choose} />
      <div class="ls-tk-code" role="tabpanel" aria-label={shown?.name}>
        <pre>{shown?.code}</pre>
        <CopyButton text={pasted} label="Copy these lines" />
      </div>
      <p class="ls-tk-note ls-dim">{shown?.note}</p>
      {shown?.asksGit && (
        <label class="ls-tk-note ls-tk-check">
          <input
            type="checkbox"
            checked={outsideGit}
            onChange={(event) => setOutsideGit(event.currentTarget.checked)}
          />
          The code there is not in a Git clone
        </label>
      )}
      {shown?.asksWay && (
        <label class="ls-tk-note ls-tk-check">
          <input type="checkbox" checked={tryWay} onChange={(event) => setTryWay(event.currentTarget.checked)} />
          Nothing arrives? Ask first what is in the way
        </label>
      )}
      {isLoopback(address) && (
        <p class="ls-tk-note ls-dim">
          This address is known on this machine only. From elsewhere use the address by which others reach this server,
          or a tunnel such as{" "}
          <span class="ls-mono">
            ssh -R {portOf(address)}:localhost:{portOf(address)} gpu-box
          </span>
          .
        </p>
      )}
    </section>
  );
}

const portOf = (address: string): string => new URL(address).port || "80";

function Tabs({ names, chosen, choose }: { names: string[]; chosen: number; choose(index: number): void }) {
  const ref = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const last = names.length - 1;
    const to = {
      ArrowRight: chosen === last ? 0 : chosen + 1,
      ArrowLeft: chosen === 0 ? last : chosen - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
    ref.current?.querySelectorAll("button")[to]?.focus();
  };
  return (
    <div class="ls-tk-tabs" role="tablist" aria-label="Where it is used" ref={ref} onKeyDown={onKeyDown}>
      {names.map((name, index) => (
        <button
          type="button"
          key={name}
          role="tab"
          aria-selected={index === chosen}
          tabIndex={index === chosen ? 0 : -1}
          onClick={() => choose(index)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

interface CopyProps {
  text: string;
  label?: string;
  primary?: boolean;
  focused?: boolean;
}

function CopyButton({ text, label, primary, focused }: CopyProps) {
  const [copied, setCopied] = useState<boolean | null>(null);
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (focused) ref.current?.focus();
  }, [text]);
  useEffect(() => {
    if (copied === null) return;
    const timer = setTimeout(() => setCopied(null), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => setCopied(await copyText(text, ref.current?.closest("dialog") ?? undefined));
  const word = copied === null ? "Copy" : copied ? "Copied" : "Select and copy it";
  return (
    <button ref={ref} type="button" class={primary ? "ls-b ls-primary" : "ls-copy"} aria-label={label} onClick={copy}>
      <Icon name={copied ? "check" : "copy"} />
      <span aria-live="polite">{primary || copied !== null ? word : ""}</span>
    </button>
  );
}
