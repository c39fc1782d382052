// What is seldom turned: how large charts are, in which colours everything is plotted, and that the view be kept.

import { useState } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { Menu, MenuItem } from "../menu.tsx";
import { type Hues, PALETTES } from "../palette.ts";
import type { Shared } from "../shared.ts";
import { answers } from "../transport/transport.ts";
import { isChanged } from "../view.ts";
import { Choice } from "./choice.tsx";
import { Choices } from "./group_control.tsx";
import { type Size, SMOOTHINGS, type Smoothing } from "./options.ts";

const SIZE_WORDS = { small: "Small charts", medium: "Medium charts", large: "Large charts" } satisfies Record<
  Size,
  string
>;
const SMOOTH_WORDS: Record<Smoothing, string> = { ema: "Smooth over the past", centred: "Smooth around each point" };
const SMOOTH_HINTS: Record<Smoothing, string> = {
  ema: "As it looks while a run is live",
  centred: "Without lag",
};
const HUE_WORDS: Record<Hues, string> = { studio: "Studio colours", distinct: "Distinct colours" };
const HUE_HINTS: Record<Hues, string> = {
  studio: "The usual colours",
  distinct: "Told apart with any eyes, and each with a dash of its own",
};

/** Over what is grouped has a control of its own where there is room. */
export function PaneMenu({ grouped, ...shared }: Pick<Shared, "model" | "acts" | "transport"> & { grouped: boolean }) {
  const [open, show] = useState<{ opener: HTMLElement; menu: "pane" | "group" } | null>(null);
  const close = (back: boolean) => {
    if (back) open?.opener.focus({ preventScroll: true });
    show(null);
  };
  return (
    <span class="ls-ctl ls-holder ls-pane-menu">
      <button
        type="button"
        class="ls-icon-b"
        title="Size, colours, view"
        aria-label="Menu of the charts"
        aria-haspopup="menu"
        aria-expanded={open !== null}
        onClick={(event) => show(open ? null : { opener: event.currentTarget, menu: "pane" })}
      >
        <Icon name="more" />
      </button>
      {open?.menu === "pane" && (
        <Menu label="Menu of the charts" opener={open.opener} close={close}>
          <Items {...shared} close={close} />
          {grouped && (
            <span class="ls-narrow">
              <MenuItem icon="branch" word="Group over…" act={() => show({ ...open, menu: "group" })} />
            </span>
          )}
        </Menu>
      )}
      {open?.menu === "group" && <Choices {...shared} opener={open.opener} close={close} />}
    </span>
  );
}

type ItemsProps = Pick<Shared, "model" | "acts" | "transport"> & { close(back: boolean): void };

function Items({ model, acts, transport, close }: ItemsProps) {
  const { project, view } = model;
  const asked = answers(transport);
  const save = () => {
    close(true);
    if (project) void acts.saveView(project, view);
  };
  return (
    <>
      {(Object.keys(SIZE_WORDS) as Size[]).map((size) => (
        <Choice
          key={size}
          role="menuitemradio"
          on={view.plots.size === size}
          act={() => acts.plot((before) => ({ ...before, size }))}
        >
          {SIZE_WORDS[size]}
        </Choice>
      ))}
      <hr />
      {asked &&
        SMOOTHINGS.map((smoothing) => (
          <Choice
            key={smoothing}
            role="menuitemradio"
            on={view.plots.smoothing === smoothing}
            hint={SMOOTH_HINTS[smoothing]}
            act={() => acts.plot((before) => ({ ...before, smoothing }))}
          >
            {SMOOTH_WORDS[smoothing]}
          </Choice>
        ))}
      {asked && <hr />}
      {PALETTES.map((hues) => (
        <Choice
          key={hues}
          role="menuitemradio"
          on={view.arrangement.hues === hues}
          hint={HUE_HINTS[hues]}
          act={() => acts.arrange((how) => ({ ...how, hues }))}
        >
          {HUE_WORDS[hues]}
        </Choice>
      ))}
      {project && transport.actions && isChanged(view) && (
        <>
          <hr />
          <MenuItem icon="pin" word="Save this view" act={save} />
        </>
      )}
    </>
  );
}
