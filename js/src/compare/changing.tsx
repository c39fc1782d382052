// The orange moment of a compared value, as in the table.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Value } from "../contract.ts";
import { toNumber } from "../format.ts";
import { directionOf, highlight } from "../highlight.ts";

interface Props {
  value: Value | undefined;
  /** Whose value it is: another experiment in this place is no change. */
  run: string;
  fresh: boolean;
}

export function Changing({ value, run, fresh }: Props) {
  const ref = useRef<HTMLElement>(null);
  const before = useRef({ value, run });
  useLayoutEffect(() => {
    const last = before.current;
    before.current = { value, run };
    if (!fresh || last.run !== run || value === undefined) return;
    if (JSON.stringify(last.value) === JSON.stringify(value)) return;
    const cell = ref.current?.parentElement;
    if (cell) highlight(cell, directionOf(toNumber(last.value), toNumber(value)));
  }, [value, run]);
  return <i ref={ref} hidden />;
}
