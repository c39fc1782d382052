// The card around whatever is drawn: its name, the tools that appear with the pointer, and what lies behind it.

import type { ComponentChildren, RefObject } from "preact";
import { useState } from "preact/hooks";
import type { Acts } from "../acts.ts";
import { Icon, type IconName } from "../icons.tsx";
import { Menu } from "../menu.tsx";
import { EnlargeButton } from "./enlarge.tsx";
import { flipped, type Options } from "./options.ts";
import { moved } from "./order.ts";

/** What a card is called, and where it stands among the others. */
export interface Place {
  /** Of the chart among all charts; pins and orders hold it. */
  id: string;
  /** What a person calls it. */
  label: string;
  options: Options;
  acts: Pick<Acts, "plot">;
  /** The ids of all charts as they are shown, for moving one among them. */
  all: readonly string[];
}

interface Props extends Place {
  box: RefObject<HTMLElement | null>;
  title: ComponentChildren;
  /** Only where the chart can have a logarithmic scale. */
  log?: { on: boolean; turn(): void };
  table: { shown: boolean; show(shown: boolean): void };
  files: readonly { text: string; save(): unknown }[];
  /** Whether it takes the whole row. */
  wide?: boolean;
  children: ComponentChildren;
}

/** What a dragged chart is called, so that nothing else can be dropped on one. */
const DRAGGED = "application/x-live-studio-chart";

export function CardFrame({ box, title, wide = false, table, children, ...tools }: Props) {
  const { id, label, acts, all } = tools;
  const move = (from: string, to: string) => acts.plot((before) => ({ ...before, order: moved(all, from, to) }));
  const onDrop = (event: DragEvent) => {
    const from = event.dataTransfer?.getData(DRAGGED);
    if (from && all.includes(from)) move(from, id);
  };
  return (
    <section
      class={wide ? "ls-card ls-span" : "ls-card"}
      ref={box}
      aria-label={label}
      onDragOver={(event) => event.dataTransfer?.types.includes(DRAGGED) && event.preventDefault()}
      onDrop={onDrop}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a way for pointers; its menu moves the chart for everybody */}
      <header title={label} draggable onDragStart={(event) => event.dataTransfer?.setData(DRAGGED, id)}>
        {title}
        <span class="ls-grow" />
        <Tools {...tools} box={box} table={table} move={move} />
      </header>
      {/* The chart stays beneath its table: it goes on following what is live. */}
      <div class={table.shown ? "ls-sheet ls-as-table" : "ls-sheet"}>{children}</div>
    </section>
  );
}

interface ToolProps extends Omit<Props, "title" | "wide" | "children"> {
  move(from: string, to: string): void;
}

function Tools({ id, label, options, acts, all, box, log, table, files, move }: ToolProps) {
  const [menu, setMenu] = useState<Element | null>(null);
  const at = all.indexOf(id);
  const pinned = options.pinned.includes(id);
  const close = (back: boolean) => {
    if (back && menu instanceof HTMLElement) menu.focus({ preventScroll: true });
    setMenu(null);
  };
  const then = (act: () => unknown) => () => {
    close(true);
    void act();
  };
  const pin = () => acts.plot((before) => ({ ...before, pinned: flipped(before.pinned, id) }));
  return (
    <span class={menu ? "ls-tools ls-open" : "ls-tools"}>
      {log && (
        <button
          type="button"
          class="ls-b"
          aria-pressed={log.on}
          title={log.on ? "Linear scale" : "Log scale"}
          onClick={log.turn}
        >
          log
        </button>
      )}
      <EnlargeButton box={box} />
      <button
        type="button"
        class="ls-b"
        title={`Menu of ${label}`}
        aria-label={`Menu of ${label}`}
        aria-haspopup="menu"
        aria-expanded={menu !== null}
        onClick={(event) => setMenu(menu ? null : event.currentTarget)}
      >
        <Icon name="more" small />
      </button>
      {menu && (
        <Menu label={`Menu of ${label}`} close={close} opener={menu}>
          <Item
            icon="cols"
            text={table.shown ? "Show as chart" : "Show as table"}
            act={then(() => table.show(!table.shown))}
          />
          <Item icon="pin" text={pinned ? "Unpin" : "Pin to the top"} act={then(pin)} />
          {at > 0 && <Item icon="grip" text="Move back" act={then(() => move(id, all[at - 1] ?? id))} />}
          {at >= 0 && at < all.length - 1 && (
            <Item icon="grip" text="Move forward" act={then(() => move(id, all[at + 1] ?? id))} />
          )}
          {files.map(({ text, save }) => (
            <Item key={text} icon="export" text={text} act={then(save)} />
          ))}
        </Menu>
      )}
    </span>
  );
}

function Item({ icon, text, act }: { icon: IconName; text: string; act(): void }) {
  return (
    <button type="button" class="ls-mi" role="menuitem" tabIndex={-1} onClick={act}>
      <Icon name={icon} />
      {text}
    </button>
  );
}
