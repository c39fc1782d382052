// The app every shell mounts: the notebook output, the tab and the page show the same thing over different transports.

import { render } from "preact";
import type { Bookmark } from "./bookmark.ts";
import { Dashboard } from "./dashboard.tsx";
import { Inline } from "./inline.tsx";
import type { Kernel } from "./kernel.ts";
import { injectStyles } from "./styles/inject.ts";
import { followTheme } from "./theme.ts";
import type { Transport } from "./transport/transport.ts";

export { inAddress, inSession } from "./bookmark.ts";
export { comm } from "./transport/comm.ts";
export { http } from "./transport/http.ts";

export interface MountOptions {
  transport: Transport;
  /** A project's id, or its repository's address; where there is none of it, the one where something happened last. */
  project: string;
  /** Not the dashboard but a small view of one run: with these charts, or its first ones where none are named. */
  plot?: readonly string[] | null;
  /** Fill the window instead of a notebook output. */
  page?: boolean;
  /** Where the project somebody chooses is kept over a reload. */
  bookmark?: Bookmark;
  /** Of the notebook it stands in. */
  kernel?: Kernel | null;
}

/** Draws a dashboard into `el`. The returned function takes it away again and may be called twice. */
export function mount(el: HTMLElement, options: MountOptions): () => void {
  const { transport, project, plot, page = false, bookmark, kernel = null } = options;
  const host = document.createElement("div");
  if (page) host.className = "ls-page";
  el.append(host);
  const forgetStyles = injectStyles(el);
  const forgetTheme = followTheme(host);
  render(
    plot ? (
      <Inline transport={transport} project={project} metrics={plot} />
    ) : (
      <Dashboard transport={transport} project={project} page={page} bookmark={bookmark ?? null} kernel={kernel} />
    ),
    host,
  );
  return () => {
    render(null, host);
    forgetTheme();
    forgetStyles();
    host.remove();
  };
}
