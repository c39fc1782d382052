// The page owns the wheel. A table takes it only after somebody has gone into it, and gives it back at once.

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Whether the table is engaged: a click or focus inside engages, Escape, leaving and pressing elsewhere disengage. */
export function useEngaged(ref: RefObject<HTMLElement | null>): boolean {
  const [engaged, setEngaged] = useState(false);
  useEffect(() => {
    const el = ref.current;
    if (!el) return;
    const owner = new AbortController();
    const { signal } = owner;
    const on = () => setEngaged(true);
    const off = () => setEngaged(false);
    el.addEventListener("pointerdown", on, { signal });
    el.addEventListener("focusin", on, { signal });
    el.addEventListener("focusout", off, { signal });
    el.addEventListener("pointerleave", off, { signal });
    el.addEventListener("keydown", (event) => event.key === "Escape" && off(), { signal });
    return () => owner.abort();
  }, []);
  return engaged;
}
