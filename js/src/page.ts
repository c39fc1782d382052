// The page of the server extension: the same dashboard, as big as the window.

interface Bookmark {
  readonly project: string;
}

interface App {
  mount(
    el: HTMLElement,
    options: { transport: unknown; project: string; page: boolean; bookmark: Bookmark },
  ): () => void;
  http(base: string): unknown;
  inAddress: Bookmark;
}

async function start(): Promise<void> {
  const el = document.getElementById("live-studio");
  if (!el) return;
  try {
    const app = (await import(new URL(APP, import.meta.url).href)) as App;
    const base = new URL("..", import.meta.url).href;
    const project = el.dataset.project ?? "";
    const open = () => app.mount(el, { transport: app.http(base), project, page: true, bookmark: app.inAddress });
    let close = open();
    // An address that was pasted over this one loads no new page.
    addEventListener("hashchange", () => {
      close();
      close = open();
    });
  } catch {
    el.textContent = "Live Studio was updated while this page was open. Reload the page.";
  }
}

void start();
