// The tokens there are: what they are called, what they may, and when they were used.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Token } from "../contract.ts";
import { age, ago } from "../format.ts";

interface Props {
  tokens: readonly Token[];
  now: number;
  regenerate(token: Token): void;
  revoke(token: Token): void;
}

export function TokenTable({ tokens, now, regenerate, revoke }: Props) {
  return (
    <table class="ls-tk-table">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">May</th>
          <th scope="col" class="ls-tk-opt">
            Created
          </th>
          <th scope="col">Last used</th>
          <th scope="col">Expires</th>
          <th scope="col">
            <span class="ls-vh">Change</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id}>
            <td class="ls-cut" title={token.name}>
              {token.name}
            </td>
            <td class="ls-cut" title={token.repo_url ?? "experiments of every project"}>
              {token.repo_url ? `send ${token.repo_url.split("/").slice(-2).join("/")}` : "send experiments"}
            </td>
            <td class="ls-tk-opt">{since(token.created_at, now)}</td>
            <td>{since(token.last_used_at, now)}</td>
            <td class={isOver(token, now) ? "ls-warn" : ""}>{until(token.expires_at, now)}</td>
            <td>
              <Sure
                name={token.name}
                acts={[
                  { word: "Regenerate", what: "The old secret stops working at once.", act: () => regenerate(token) },
                  { word: "Revoke", what: "Whoever uses it can no longer send.", act: () => revoke(token) },
                ]}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface Act {
  word: string;
  /** What it will do, said before it is done. */
  what: string;
  act(): void;
}

/** Buttons that ask once more, in their own place, before something ends that cannot be brought back. */
export function Sure({ name, acts }: { name: string; acts: readonly Act[] }) {
  const [asked, ask] = useState<number | null>(null);
  const ref = useRef<HTMLFieldSetElement>(null);
  const before = useRef<number | null>(null);
  useLayoutEffect(() => {
    // The pressed button is gone: the focus goes to the safe answer, and back to the button that asked.
    // At once: until then Escape would close the dialog.
    const buttons = ref.current?.querySelectorAll("button") ?? [];
    if (asked !== null) buttons[1]?.focus();
    else if (before.current !== null) buttons[before.current]?.focus();
    before.current = asked;
  }, [asked]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || asked === null) return;
    event.preventDefault();
    event.stopPropagation();
    ask(null);
  };
  const act = asked === null ? null : acts[asked];
  const yes = () => {
    ask(null);
    act?.act();
  };
  return (
    <fieldset class="ls-tk-acts" ref={ref} onKeyDown={onKeyDown}>
      {act ? (
        <>
          <span role="alert" title={act.what}>
            {act.word}?<span class="ls-vh"> {act.what}</span>
          </span>
          <button type="button" class="ls-tk-link ls-danger" onClick={yes}>
            Yes
          </button>
          <button type="button" class="ls-tk-link" onClick={() => ask(null)}>
            Keep
          </button>
        </>
      ) : (
        acts.map(({ word, what }, index) => (
          <button
            type="button"
            key={word}
            class={word === "Regenerate" ? "ls-tk-link" : "ls-tk-link ls-danger"}
            aria-label={`${word} ${name}`}
            title={what}
            onClick={() => ask(index)}
          >
            {word}
          </button>
        ))
      )}
    </fieldset>
  );
}

const since = (time: string | null, now: number): string => (time ? ago(now - Date.parse(time)) : "never");

const isOver = ({ expires_at }: Token, now: number): boolean => expires_at !== null && Date.parse(expires_at) <= now;

function until(time: string | null, now: number): string {
  if (!time) return "never";
  const left = Date.parse(time) - now;
  if (left <= 0) return `expired ${ago(-left)}`;
  const days = Math.round(left / 86_400_000);
  return days > 1 ? `in ${days} days` : `in ${age(left)}`;
}
