// The tooltip over one thing in a logged plot.

import { hueOf } from "../palette.ts";
import type { Reading } from "./drawn.ts";

interface Props {
  of: Reading;
  x: number;
  y: number;
  width: number;
}

/** Beside the pointer, on the side that has more room. */
export function Tip({ of: { name, slot, lines }, x, y, width }: Props) {
  const side = x < width / 2 ? { left: `${x + 12}px` } : { right: `${width - x + 12}px` };
  return (
    <div class="ls-tip" style={{ ...side, top: `${Math.max(0, y - 12)}px` }}>
      <i style={{ "--c": `var(--ls-c${hueOf(slot)})` }} />
      <span class="ls-cut ls-tip-name">{name}</span>
      {lines.map(({ label, text }) => (
        <>
          <span class="ls-cut ls-tip-label">{label}</span>
          <b class="ls-cut">{text}</b>
        </>
      ))}
    </div>
  );
}
