// A module of its own: whoever never asks what the store takes never loads it.

import { render } from "preact";
import { Desk, type StorageProps } from "./desk.tsx";

export function draw(el: HTMLElement, props: StorageProps): void {
  render(<Desk {...props} />, el);
}

export function clear(el: HTMLElement): void {
  render(null, el);
}
