// How wide a text is drawn, for columns that must not cut their header.

const SIZE = 12;
/** Wide enough for most fonts; only used where there is no canvas. */
const ABOUT = 0.58;
let context: CanvasRenderingContext2D | null | undefined;

export function measureText(text: string, strong: boolean): number {
  if (context === undefined) context = canvas();
  if (!context) return text.length * SIZE * ABOUT;
  context.font = `${strong ? 600 : 400} ${SIZE}px ${fontFamily()}`;
  return context.measureText(text).width;
}

function canvas(): CanvasRenderingContext2D | null {
  try {
    return document.createElement("canvas").getContext("2d");
  } catch {
    return null;
  }
}

let family: string | undefined;

/** The host's own font, read once: a column keeps its width whatever the theme does. */
function fontFamily(): string {
  family ??= getComputedStyle(document.body).getPropertyValue("--jp-ui-font-family").trim() || "system-ui, sans-serif";
  return family;
}
