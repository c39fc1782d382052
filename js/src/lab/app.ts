// The app from the server's static route. The anywidget loader imports the same address, so a page has one of it.

import type { Kernel } from "../kernel.ts";
import { type Config, take } from "./host.ts";

export interface App {
  mount(
    el: HTMLElement,
    options: {
      transport: unknown;
      project: string;
      plot?: readonly string[] | null;
      page?: boolean;
      bookmark?: unknown;
      kernel?: Kernel | null;
    },
  ): () => void;
  http(base: string): unknown;
  inSession(key: string): unknown;
}

let app: Promise<App> | null = null;
let base: string | null = null;

/** The address of the server extension. */
export async function address(): Promise<string> {
  const config = await take<Config>("@jupyterlab/coreutils");
  base ??= new URL(`${config?.PageConfig.getBaseUrl() ?? "/"}live-studio/`, location.href).href;
  return base;
}

/** Loads the app once per page; after a failure it may be tried again. */
export async function loadApp(): Promise<{ app: App; base: string }> {
  const url = await address();
  app ??= import(`${url}static/${APP}`) as Promise<App>;
  try {
    return { app: await app, base: url };
  } catch (error) {
    app = null;
    throw error;
  }
}
