// A module of its own: whoever never looks at parameters never loads it. It brings its own Preact, so it is handed an
// element and not a tree.

import { render } from "preact";
import { Across, type AcrossProps } from "./pane.tsx";

export function draw(el: HTMLElement, props: AcrossProps): void {
  render(<Across {...props} />, el);
}

export function clear(el: HTMLElement): void {
  render(null, el);
}
