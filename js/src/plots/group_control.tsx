// Which parameters make no difference: runs that are equal but for them are drawn as one mean with a band.

import { useState } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { Menu } from "../menu.tsx";
import { variedParams } from "../repeats/repeats.ts";
import { BAND_WORDS, BANDS } from "../repeats/spread.ts";
import type { Shared } from "../shared.ts";
import { Choice } from "./choice.tsx";
import { flipped } from "./options.ts";

export function GroupControl({ model, acts }: Pick<Shared, "model" | "acts">) {
  const [opener, open] = useState<HTMLElement | null>(null);
  const { over } = model.view.arrangement;
  const close = (back: boolean) => {
    if (back) opener?.focus({ preventScroll: true });
    open(null);
  };
  return (
    <span class="ls-ctl ls-holder ls-group-by">
      <span class="ls-group-word">Group</span>
      <button
        type="button"
        class="ls-b ls-line"
        aria-haspopup="menu"
        aria-expanded={opener !== null}
        aria-label={`Group over parameters: ${over.join(", ") || "none"}`}
        title="Runs that are equal but for these are one line with a band"
        onClick={(event) => open(opener ? null : event.currentTarget)}
      >
        <span class="ls-cut">{over.join(", ") || "none"}</span>
        <Icon name="down" small />
      </button>
      {opener && <Choices model={model} acts={acts} opener={opener} close={close} />}
    </span>
  );
}

interface ChoicesProps extends Pick<Shared, "model" | "acts"> {
  opener: Element;
  close(back: boolean): void;
}

export function Choices({ model, acts, opener, close }: ChoicesProps) {
  const { over, band } = model.view.arrangement;
  // As it was when the menu opened: items that come and go while a run logs cannot be pressed.
  const [varied] = useState(() => [...new Set([...over, ...variedParams(model.experiments)])]);
  return (
    <Menu label="Group over" opener={opener} close={close}>
      <Choice role="menuitemradio" on={over.length === 0} act={() => acts.arrange((how) => ({ ...how, over: [] }))}>
        none
      </Choice>
      {varied.map((path) => (
        <Choice
          key={path}
          role="menuitemcheckbox"
          on={over.includes(path)}
          act={() => acts.arrange((how) => ({ ...how, over: flipped(how.over, path) }))}
        >
          {path}
        </Choice>
      ))}
      {varied.length === 0 && <p class="ls-hint ls-small">All experiments have the same parameters.</p>}
      <hr />
      {BANDS.map((kind) => (
        <Choice
          key={kind}
          role="menuitemradio"
          on={band === kind}
          act={() => acts.arrange((how) => ({ ...how, band: kind }))}
        >
          {BAND_WORDS[kind]}
        </Choice>
      ))}
    </Menu>
  );
}
