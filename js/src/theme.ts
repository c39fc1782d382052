// Light or dark, and the colours charts need as plain numbers. CSS follows a theme by itself; Plotly has to be told.

const listeners = new Set<() => void>();
let watching: MutationObserver | null = null;
const scheme = typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : null;

/** Calls `listener` after the host has changed its theme. */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  watching ??= watch();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    watching?.disconnect();
    watching = null;
    scheme?.removeEventListener("change", recolour);
  };
}

function watch(): MutationObserver {
  const observer = new MutationObserver(recolour);
  const attributeFilter = ["data-jp-theme-light", "data-jp-theme-name", "data-vscode-theme-kind", "class"];
  observer.observe(document.body, { attributes: true, attributeFilter });
  scheme?.addEventListener("change", recolour);
  return observer;
}

/** The colours have changed, by the host or by a choice of ours: whoever draws with them draws anew. */
export function recolour(): void {
  palettes = new WeakMap();
  for (const listener of [...listeners]) listener();
}

/** Marks `host` light or dark, now and after each change, so that the tokens know. */
export function followTheme(host: HTMLElement): () => void {
  const mark = () => host.setAttribute("data-jp-theme-light", String(isLight()));
  mark();
  return onThemeChange(mark);
}

/** JupyterLab says it, VS Code says it, elsewhere the person's system does. */
export function isLight({ dataset } = document.body): boolean {
  if (dataset.jpThemeLight !== undefined) return dataset.jpThemeLight === "true";
  if (dataset.vscodeThemeKind !== undefined) return !/dark|high-contrast$/.test(dataset.vscodeThemeKind);
  return !(scheme?.matches ?? false);
}

export interface Palette {
  text: string;
  grid: string;
  ground: string;
  /** The one hue of what is no experiment's. */
  accent: string;
  font: string;
  /** Colours of the slots 1 to 7, in order. */
  hues: string[];
  /** Every slot has a dash of its own. */
  dashed: boolean;
}

const HUE_COUNT = 7;

/** Of each dashboard, until colours change: each colour costs a look at all styles of the page. */
let palettes = new WeakMap<Element, Palette>();

/** The tokens as they are on `el` now. Only who follows the theme may ask: nobody else's would stay true. */
export function paletteOf(el: HTMLElement): Palette {
  const root = el.closest(".ls") ?? el;
  const palette = palettes.get(root) ?? paletteNow(el);
  palettes.set(root, palette);
  return palette;
}

function paletteNow(el: HTMLElement): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  el.append(probe);
  const colour = (token: string): string => {
    probe.style.color = `var(${token})`;
    return plainColour(getComputedStyle(probe).color);
  };
  const hues = Array.from({ length: HUE_COUNT }, (_, index) => colour(`--ls-c${index + 1}`));
  const [text, grid] = [colour("--ls-text-2"), colour("--ls-grid")];
  const dashed = el.closest<HTMLElement>(".ls")?.dataset.palette === "distinct";
  const palette = { text, grid, ground: colour("--ls-bg"), accent: colour("--ls-accent"), hues, dashed };
  const font = getComputedStyle(el).fontFamily;
  probe.remove();
  return { ...palette, font };
}

/** `color-mix` comes back as `color(srgb 0.5 0.5 0.5)`, which Plotly does not read. */
export function plainColour(computed: string): string {
  const parts = /^color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)(?: \/ ([\d.e-]+))?\)$/.exec(computed);
  if (!parts) return computed;
  const [red, green, blue] = parts.slice(1, 4).map((part) => Math.round(Number(part) * 255));
  return parts[4] === undefined ? `rgb(${red}, ${green}, ${blue})` : `rgba(${red}, ${green}, ${blue}, ${parts[4]})`;
}

/** The same colour, less of it. */
export function faded(colour: string, alpha: number): string {
  const parts = colour.match(/[\d.]+/g)?.slice(0, 3);
  return parts ? `rgba(${parts.join(", ")}, ${alpha})` : colour;
}
