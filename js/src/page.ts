// The page of the server extension: the same dashboard, as big as the window.

interface App {
  mount(el: HTMLElement, options: { transport: unknown; project: string; page: boolean }): () => void;
  http(base: string): unknown;
}

async function start(): Promise<void> {
  const el = document.getElementById("live-studio");
  if (!el) return;
  try {
    const app = (await import(new URL(APP, import.meta.url).href)) as App;
    const base = new URL("..", import.meta.url).href;
    app.mount(el, { transport: app.http(base), project: el.dataset.project ?? "", page: true });
  } catch {
    el.textContent = "Live Studio was updated while this page was open. Reload the page.";
  }
}

void start();
