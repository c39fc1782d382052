// A menu as keyboards know it: arrows, Home, End and first letters move, Escape and Tab leave, a press outside closes.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useDismiss } from "./hooks.ts";
import { Icon, type IconName } from "./icons.tsx";

interface Props {
  label: string;
  /** `back`: the focus shall return to where the menu was opened. */
  close(back: boolean): void;
  /** What opened it: a press there is its own. */
  opener: Element | null;
  /** Where the focus begins when no item is checked. */
  from?: "first" | "last";
  style?: Record<string, string>;
  children: ComponentChildren;
}

export function Menu({ label, close, opener, from = "first", style, children }: Props) {
  const ref = useDismiss(() => close(false), opener);
  useEffect(() => {
    const items = itemsOf(ref.current);
    const checked = items.find((item) => item.matches("[role=menuitemradio][aria-checked=true]"));
    (checked ?? (from === "first" ? items[0] : items.at(-1)))?.focus({ preventScroll: true });
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    const target = targetOf(key, itemsOf(ref.current));
    if (target) target.focus();
    else if (key === "Escape") close(true);
    else if (key === "Tab") close(false);
    if (key === "Tab" || (!target && key !== "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={ref}
      class="ls-pop ls-menu"
      role="menu"
      tabIndex={-1}
      aria-label={label}
      onKeyDown={onKeyDown}
      {...(style && { style })}
    >
      {children}
    </div>
  );
}

interface ItemProps {
  icon: IconName;
  word: string;
  /** The key that does the same. */
  hint?: string;
  danger?: boolean;
  /** For what can be chosen or not. */
  checked?: boolean;
  act(): void;
}

export const MenuItem = ({ icon, word, hint, danger, checked, act }: ItemProps) => (
  <button
    type="button"
    class={danger ? "ls-mi ls-danger" : "ls-mi"}
    role={checked === undefined ? "menuitem" : "menuitemcheckbox"}
    {...(checked !== undefined && { "aria-checked": checked })}
    tabIndex={-1}
    onClick={act}
  >
    <Icon name={icon} />
    {word}
    {checked && (
      <>
        <span class="ls-grow" />
        <Icon name="check" small />
      </>
    )}
    {hint && (
      <>
        <span class="ls-grow" />
        <kbd>{hint}</kbd>
      </>
    )}
  </button>
);

const itemsOf = (menu: HTMLElement | null): HTMLElement[] => [
  ...(menu?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? []),
];

/** Where a key leads from the focused item, or nothing. */
function targetOf(key: string, items: HTMLElement[]): HTMLElement | undefined {
  const at = items.indexOf(items[0]?.ownerDocument.activeElement as HTMLElement);
  const turn = (index: number) => items[(index + items.length) % items.length];
  switch (key) {
    case "ArrowDown":
      return turn(at + 1);
    case "ArrowUp":
      return turn(at < 0 ? -1 : at - 1);
    case "Home":
      return items[0];
    case "End":
      return items.at(-1);
  }
  if (key.length !== 1 || key === " ") return undefined;
  const following = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return following.find((item) => item.textContent?.trim().toLowerCase().startsWith(key.toLowerCase()));
}
