// What opens over the table and takes the focus: filters, columns, keys. Escape gives the focus back.

import type { ComponentChildren } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { useDismiss } from "./hooks.ts";

interface Props {
  label: string;
  opener: Element | null;
  close(): void;
  children: ComponentChildren;
}

export function Panel({ label, opener, close, children }: Props) {
  const ref = useDismiss(close, opener);
  useLayoutEffect(() => {
    const find = (selector: string) => ref.current?.querySelector<HTMLElement>(selector);
    const first = find("[data-first]") ?? find(":is(input, select, button):not(:disabled)");
    first?.focus({ preventScroll: true });
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
    (opener as HTMLElement | null)?.focus({ preventScroll: true });
  };
  return (
    <div ref={ref} class="ls-pop ls-panel" role="dialog" aria-label={label} onKeyDown={onKeyDown}>
      {children}
    </div>
  );
}
