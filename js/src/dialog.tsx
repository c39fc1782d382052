// A modal dialog over everything, so that it has room whatever the dashboard stands in.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icons.tsx";

interface Props {
  label: string;
  icon: IconName;
  /** What it is for, in its first line. */
  purpose: string;
  close(): void;
  children: ComponentChildren;
}

export function Dialog({ label, icon, purpose, close, children }: Props) {
  // Closed by itself and only then taken away, it gives the focus back to the button that opened it.
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => ref.current?.showModal(), []);
  return (
    <dialog ref={ref} class="ls-dialog" aria-label={label} onClose={close}>
      <header class="ls-tk-head">
        <Icon name={icon} />
        <b>{label}</b>
        <span class="ls-dim ls-cut" title={purpose}>
          {purpose}
        </span>
        <span class="ls-grow" />
        <button type="button" class="ls-b" aria-label="Close" onClick={() => ref.current?.close()}>
          <Icon name="x" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
