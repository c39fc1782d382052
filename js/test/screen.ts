// One dashboard on a page of jsdom, and what a test asks of it.

import { afterEach, beforeEach } from "vitest";
import { type MountOptions, mount } from "../src/app.tsx";
import type { Changes } from "../src/contract.ts";
import { frames, stubBrowser } from "./browser.ts";
import { FakeTransport } from "./fake_transport.ts";

export class Screen {
  transport = new FakeTransport();
  el: HTMLElement = document.createElement("div");
  close: () => void = () => undefined;

  /** A screen of its own for every test of the file. */
  constructor() {
    beforeEach(() => {
      stubBrowser();
      this.el = document.createElement("div");
      document.body.append(this.el);
    });
    afterEach(() => {
      this.close();
      this.el.remove();
    });
  }

  async open(first: Partial<Changes>, transport = new FakeTransport(), more: Partial<MountOptions> = {}) {
    this.transport = transport;
    this.close = mount(this.el, { transport, project: "", ...more });
    await this.send(first);
  }

  async send(more: Partial<Changes>): Promise<void> {
    await frames();
    this.transport.send(more);
    await frames();
  }

  get text(): string {
    return this.el.textContent ?? "";
  }

  readonly all = (selector: string) => [...this.el.querySelectorAll<HTMLElement>(selector)];
  readonly one = (selector: string) => this.el.querySelector<HTMLElement>(selector) as HTMLElement;

  async click(el: HTMLElement | undefined): Promise<void> {
    el?.click();
    await frames();
  }

  /** Says whether the key was used. */
  async press(el: Element, key: string, more: KeyboardEventInit = {}): Promise<boolean> {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
    el.dispatchEvent(event);
    await frames();
    return event.defaultPrevented;
  }
}
